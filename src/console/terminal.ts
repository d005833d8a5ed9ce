import { createInterface } from "node:readline/promises";
import { SingleBar } from "cli-progress";
import type { Output } from "./output.ts";

/** Asks a yes-or-no question; null where nobody is there to answer. */
export type Ask = ((question: string) => Promise<boolean>) | null;

/** Asks on a terminal, where input and output both are one; an answer that is not yes is a no. */
export function createAsk(input: NodeJS.ReadStream, output: NodeJS.WriteStream): Ask {
  if (!input.isTTY || !output.isTTY) return null;
  return async (question) => {
    const lines = createInterface({ input, output });
    // Ctrl-D and Ctrl-C close the question, and are a no.
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

/** How far a long step is. */
export interface Progress {
  readonly update: (done: number) => void;
  /** Says what is going on; an empty text: that it is over. */
  readonly note: (text: string) => void;
  readonly stop: () => void;
}

/** A bar where `stream` is a terminal, else a line for each further tenth. */
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
