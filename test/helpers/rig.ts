import { Writable } from "node:stream";
import { pino } from "pino";
import type postgres from "postgres";
import type { Config } from "../../src/config.ts";
import { startWorker, type Worker } from "../../src/worker/worker.ts";
import type { TestDatabase } from "./database.ts";
import { type ModelServer, startModelServer } from "./model-server.ts";
import { test as base } from "./test.ts";
import { until } from "./until.ts";

/** `extra_data.last_ai_draft`, as far as tests look into it. */
export interface Draft {
  readonly draft_id: number;
  readonly text: string;
  readonly source: string;
  readonly provisional: boolean;
  readonly fallback_reason: string | null;
  readonly content_hash: string;
  readonly [field: string]: unknown;
}

export interface StartOptions {
  /** Instead of the test's database. */
  readonly url?: string;
  /** Past a pooler; by default the same as `url`. */
  readonly directUrl?: string;
  readonly provider?: Config["llm"]["provider"];
  readonly baseUrl?: string;
  readonly keys?: Config["llm"]["keys"];
  readonly timeoutMs?: number;
  readonly shutdownGraceMs?: number;
}

/** A database, a model's server, and workers between them, which are stopped at the test's end. Pace and cycle limit are off. */
export interface Rig {
  readonly sql: postgres.Sql;
  readonly db: Pick<TestDatabase, "sql" | "url" | "connect">;
  readonly model: ModelServer;
  /** Lines of the workers' logs, from level info. */
  readonly log: readonly Readonly<Record<string, unknown>>[];
  start(options?: StartOptions): Promise<Worker>;
  /** Writes a runtime setting; null removes it. */
  set(key: string, value: string | null): Promise<void>;
  /** Inserts one open interaction by plain SQL and answers with its id. */
  insert(fields?: Readonly<Record<string, unknown>>): Promise<string>;
  /** The draft beside an interaction now. */
  draft(id: string): Promise<Draft | null>;
  /** Waits for a draft of the content as it is now that fits; by default a final one. */
  drafted(id: string, fits?: (draft: Draft) => boolean): Promise<Draft>;
  /** Waits until no job is waiting or running. */
  idle(): Promise<void>;
}

/** The tests' `test` with a rig on our own host tables (`rig`) or on a foreign host's (`attachedRig`). */
export const test = base.extend<{ model: ModelServer; rig: Rig; attachedRig: Rig }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads the fixtures' names from the pattern
  model: async ({}, use) => {
    const model = await startModelServer();
    await use(model);
    await model.stop();
  },
  rig: async ({ db, model }, use) => lendRig(db, model, "extra_data", use),
  attachedRig: async ({ attached, model }, use) => lendRig(attached, model, "metadata", use),
});

/** What a worker is told by its environment in a test. */
export function workerConfig(model: ModelServer, options: StartOptions = {}) {
  return {
    llm: {
      provider: options.provider ?? "openai",
      model: "test-model",
      keys: options.keys ?? { openai: "sk-test", deepseek: "sk-deep", anthropic: "sk-ant" },
      baseUrls: {
        openai: options.baseUrl ?? model.baseUrl,
        deepseek: options.baseUrl ?? model.root,
        anthropic: options.baseUrl ?? model.root,
      },
      timeoutMs: options.timeoutMs ?? 10_000,
    },
    shutdownGraceMs: options.shutdownGraceMs ?? 100,
  } as const;
}

/** Lends a rig on a database, and stops its workers afterwards. */
export async function lendRig(
  db: Pick<TestDatabase, "sql" | "url" | "connect">,
  model: ModelServer,
  document: string,
  use: (rig: Rig) => Promise<void>,
): Promise<void> {
  const { sql } = db;
  const workers: Worker[] = [];
  const log: Record<string, unknown>[] = [];
  const logger = pino({ level: "info" }, capture(log));
  const rig: Rig = {
    sql,
    db,
    model,
    log,
    async start(options = {}) {
      const config = workerConfig(model, options);
      const url = options.url ?? db.url;
      const worker = await startWorker({
        config,
        url,
        directUrl: options.directUrl ?? url,
        log: logger,
      });
      workers.push(worker);
      return worker;
    },
    async set(key, value) {
      if (value === null) await sql`delete from public.runtime_settings where key = ${key}`;
      else
        await sql`
          insert into public.runtime_settings (key, value) values (${key}, ${value})
          on conflict (key) do update set value = excluded.value`;
    },
    async insert(fields = {}) {
      const row = {
        seller_id: 1,
        marketplace: "wildberries",
        channel: "question",
        external_id: `e-${Math.random()}`,
        text: "Подойдёт ли чехол?",
        occurred_at: new Date(),
        ...fields,
      };
      const [inserted] = await sql`insert into public.interactions ${sql(row)} returning id`;
      return String(inserted?.["id"]);
    },
    async draft(id) {
      const [row] = await sql<{ draft: Draft | null }[]>`
        select (${sql(document)}::jsonb) -> 'last_ai_draft' as draft from public.interactions where id = ${id}`;
      return row?.draft ?? null;
    },
    drafted: (id, fits = (draft) => !draft.provisional) =>
      until(
        async () => {
          const [row] = await sql<{ draft: Draft | null; content_hash: string }[]>`
            select extra_data -> 'last_ai_draft' as draft, content_hash from predraft.interactions where id = ${id}`;
          const draft = row?.draft;
          return draft && draft.content_hash === row.content_hash && fits(draft) ? draft : null;
        },
        { what: `interaction ${id} has its draft`, timeoutMs: 15_000 },
      ),
    async idle() {
      let left: readonly unknown[] = [];
      const none = async () => {
        left =
          await sql`select task_identifier, key, run_at, attempts, last_error, locked_at from graphile_worker.jobs`;
        return left.length === 0;
      };
      await until(none, { what: "no job is left" }).catch((cause: unknown) => {
        throw new Error(`jobs are left: ${JSON.stringify(left)}`, { cause });
      });
    },
  };
  await sql`insert into public.sellers (id, name) values (1, 'Лён'), (2, 'Шёлк')`;
  await rig.set("ai_draft_delay_seconds", "0");
  await rig.set("ai_draft_batch_size", "0");
  try {
    await use(rig);
  } finally {
    await Promise.all(workers.map((worker) => worker.stop()));
  }
}

function capture(lines: Record<string, unknown>[]): Writable {
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(JSON.parse(chunk.toString()) as Record<string, unknown>);
      done();
    },
  });
}
