import { describe, expect, test } from "vitest";
import { createOutput } from "../../src/console/output.ts";
import { createLogger } from "../../src/log.ts";
import { runCli } from "../helpers/cli.ts";
import { test as rigged } from "../helpers/rig.ts";

/** A stream that is a terminal, and the rows that a person sees on it. */
function terminal(columns: number) {
  let rows = [""];
  const write = (text: string): boolean => {
    for (const part of text.replaceAll("\r\u001b[2K", "\r").split(/([\n\r])/)) {
      if (part === "\n") rows.push("");
      else if (part === "\r") rows[rows.length - 1] = "";
      else rows[rows.length - 1] += part;
    }
    rows = rows.flatMap((row) => row.match(new RegExp(`.{1,${columns}}`, "gu")) ?? [""]);
    return true;
  };
  return { stream: { isTTY: true, columns, write } as unknown as NodeJS.WriteStream, rows: () => rows };
}

describe("the line that says how far a command is", () => {
  test("is replaced as a whole on a terminal that is narrower", () => {
    const { stream, rows } = terminal(20);
    const out = createOutput(stream);
    for (let i = 0; i < 3; i++) out.live(`12:00:0${i}  99 open interactions`);
    expect(rows()).toEqual(["12:00:02  99 open …"]);
  });

  test("stands below what is logged meanwhile, and is glued to nothing", () => {
    const { stream, rows } = terminal(80);
    const out = createOutput(stream);
    out.live("12:00:00  99 open interactions");
    out.aside(() => void stream.write('{"level":"warn"}\n'));
    expect(rows()).toEqual(['{"level":"warn"}', "12:00:00  99 open interactions"]);
    out.line("stopped");
    expect(rows().slice(1)).toEqual(["12:00:00  99 open interactions", "stopped", ""]);
  });

  test("makes room for each line of the log", () => {
    let asides = 0;
    const log = createLogger("silent", () => void asides++);
    log.level = "warn";
    log.warn("one");
    log.info("none");
    expect(asides).toBe(1);
  });
});

describe("a command whose output nobody reads", { timeout: 60_000 }, () => {
  rigged("ends as it would have, without a word", async ({ rig }) => {
    const id = await rig.insert();
    const run = async (...args: string[]) => {
      const command = runCli(args, { DATABASE_URL: rig.db.url });
      command.child.stdout?.destroy(); // as `| head` does when it has what it wants
      return { code: await command.ended, err: command.err() };
    };
    for (const args of [["explain", id], ["migrate"], ["--help"]]) {
      expect(await run(...args), args.join(" ")).toEqual({ code: 0, err: "" });
    }
    expect(await run("explain", "999"), "an exit code stays what it is").toEqual({ code: 1, err: "" });
  });
});
