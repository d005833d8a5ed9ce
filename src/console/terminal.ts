import { createInterface } from "node:readline/promises";
import { SingleBar } from "cli-progress";
import type { Output } from "./output.ts";

/** Asks a yes-or-no question; null if nobody is there to answer. */
export type Ask = ((question: string) => Promise<boolean>) | null;

/** Makes a function that asks, if input and output are both a terminal. Every answer except yes is a no. */
export function createAsk(input: NodeJS.ReadStream, output: NodeJS.WriteStream): Ask {
  if (!input.isTTY || !output.isTTY) return null;
  return async (question) => {
    const lines = createInterface({ input, output });
    // Ctrl-D and Ctrl-C close the question, which is a no.
    const closed = new Promise<string>((resolve) => lines.once("close", () => resolve("")));
    try {
      return /^(y|yes|д|да)$/i.test(
        (await Promise.race([lines.question(`${question} [y/N] `), closed])).trim(),
      );
    } finally {
      lines.close();
    }
  };
}

/** The progress of a long step. */
export interface Progress {
  readonly update: (done: number) => void;
  /** Shows what is going on; an empty text removes it. */
  readonly note: (text: string) => void;
  readonly stop: () => void;
}

/** Shows progress: a bar if `stream` is a terminal, otherwise a line for each further tenth. */
export function startProgress(
  stream: NodeJS.WriteStream,
  out: Output,
  what: string,
  total: number,
): Progress {
  if (stream.isTTY) {
    const bar = new SingleBar({
      stream,
      format: `${what} {bar} {value} of {total}, {duration_formatted}{note}`,
      hideCursor: true,
    });
    bar.start(total, 0, { note: "" });
    return {
      update: (done) => bar.update(done),
      note: (text) => bar.update({ note: text === "" ? "" : `, ${text}` }),
      stop: () => bar.stop(),
    };
  }
  let tenth = 0;
  return {
    update(done) {
      const now = Math.floor((done / Math.max(total, 1)) * 10);
      if (now > tenth) out.line(`  ${what}: ${done} of ${total}`);
      tenth = Math.max(tenth, now);
    },
    note: (text) => void (text !== "" && out.line(`  ${text}`)),
    stop: () => undefined,
  };
}
