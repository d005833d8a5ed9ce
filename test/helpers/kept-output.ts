import type { Output } from "../../src/console/output.ts";

/** Output that is kept. */
export function keptOutput(): { out: Output; text: () => string } {
  const lines: string[] = [];
  const plain = (text: string): string => text;
  return {
    out: {
      line: (text = "") => void lines.push(text),
      live: () => undefined,
      end: () => undefined,
      aside: (print) => print(),
      dim: plain,
      bold: plain,
      good: plain,
      bad: plain,
    },
    text: () => lines.join("\n"),
  };
}
