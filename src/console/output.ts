import { styleText } from "node:util";

/** Where a command writes for people. */
export interface Output {
  line(text?: string): void;
  /** Replaces the line last written by `live` if the output is a terminal, cut to its width; else writes a line of its own. */
  live(text: string): void;
  /** Leaves the live line as it stands and begins a new one. */
  end(): void;
  /** Runs `print`, which writes elsewhere on the same terminal (a log on stderr), with the live line out of the way. */
  aside(print: () => void): void;
  dim(text: string): string;
  bold(text: string): string;
  good(text: string): string;
  bad(text: string): string;
}

const clearLine = "\r\u001b[2K";

/** Output on a stream; colours only on a terminal that wants them. */
export function createOutput(stream: NodeJS.WriteStream): Output {
  const style = (format: Parameters<typeof styleText>[0]) => (text: string) =>
    styleText(format, text, { stream });
  let shown: string | undefined;
  const end = (): void => {
    if (shown !== undefined) stream.write("\n");
    shown = undefined;
  };
  return {
    line(text = "") {
      end();
      stream.write(`${text}\n`);
    },
    end,
    live(text) {
      if (!stream.isTTY) return void stream.write(`${text}\n`);
      shown = text;
      stream.write(`${clearLine}${fitted(text, stream.columns)}`);
    },
    aside(print) {
      if (shown === undefined) return print();
      stream.write(clearLine);
      print();
      stream.write(fitted(shown, stream.columns));
    },
    dim: style("dim"),
    bold: style("bold"),
    good: style("green"),
    bad: style("red"),
  };
}

/** Cuts a line to the terminal's width, because a line that wraps cannot be replaced as a whole. */
function fitted(text: string, columns: number): string {
  return text.length < columns ? text : `${text.slice(0, columns - 2)}…`;
}

/**
 * Lets a command end in its own way if nobody reads what it writes (`explain 1 | head -2`, a terminal that was closed): what cannot be
 * written any more is dropped. Every other error of a stream is thrown as ever.
 */
export function surviveClosedPipes(streams: readonly NodeJS.WriteStream[]): void {
  for (const stream of streams) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE" && error.code !== "EIO") throw error;
    });
  }
}
