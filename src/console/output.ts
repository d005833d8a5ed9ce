import { styleText } from "node:util";

/** Where a command writes for people. */
export interface Output {
  line(text?: string): void;
  /** Replaces the line last written by `live` where the output is a terminal; elsewhere writes a line of its own. */
  live(text: string): void;
  dim(text: string): string;
  bold(text: string): string;
  good(text: string): string;
  bad(text: string): string;
}

/** Output on a stream; colours only on a terminal that wants them. */
export function createOutput(stream: NodeJS.WriteStream): Output {
  const style = (format: Parameters<typeof styleText>[0]) => (text: string) =>
    styleText(format, text, { stream });
  let open = false;
  const close = (): string => {
    const end = open ? "\n" : "";
    open = false;
    return end;
  };
  return {
    line: (text = "") => void stream.write(`${close()}${text}\n`),
    live(text) {
      if (!stream.isTTY) return void stream.write(`${text}\n`);
      stream.write(`\r\u001b[2K${text}`);
      open = true;
    },
    dim: style("dim"),
    bold: style("bold"),
    good: style("green"),
    bad: style("red"),
  };
}
