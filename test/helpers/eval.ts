import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { type EvalDeps, type EvalRun, runEval } from "../../src/eval/eval.ts";
import { keptOutput } from "./kept-output.ts";
import { test as base, workerConfig } from "./rig.ts";

/** What one run of `predraft eval` came to: its exit code, what it printed, and what it said meanwhile. */
interface Evaluation {
  readonly code: number;
  readonly out: string;
  readonly notes: string;
}

export interface Evaluating {
  /** Writes a file of these lines, texts as they are, and answers with its path. */
  file(lines: readonly unknown[]): Promise<string>;
  /** Evaluates these lines by the model's server, without a terminal. */
  run(lines: readonly unknown[], run?: Partial<EvalRun>, deps?: Partial<EvalDeps>): Promise<Evaluation>;
}

/** vitest's `test` with the model's server, and evaluations by it. */
export const test = base.extend<{ evaluating: Evaluating }>({
  evaluating: async ({ model }, use) => {
    const directory = await mkdtemp(join(tmpdir(), "predraft-eval-"));
    const file: Evaluating["file"] = async (lines) => {
      const path = join(directory, "set.ndjson");
      await writeFile(path, lines.map((l) => (typeof l === "string" ? l : JSON.stringify(l))).join("\n"));
      return path;
    };
    await use({
      file,
      async run(lines, run = {}, deps = {}) {
        const [out, notes] = [keptOutput(), keptOutput()];
        const config = { llm: workerConfig(model).llm, databaseUrl: undefined };
        const code = await runEval(
          {
            config,
            out: out.out,
            notes: notes.out,
            stdin: new PassThrough(),
            stderr: process.stderr,
            stopping: new AbortController().signal,
            ...deps,
          },
          {
            file: await file(lines),
            concurrency: 4,
            json: false,
            showTexts: false,
            worst: 10,
            thresholds: {},
            prices: {},
            ...run,
          },
        );
        return { code, out: out.text(), notes: notes.text() };
      },
    });
    await rm(directory, { recursive: true });
  },
});
