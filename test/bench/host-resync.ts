import { existsSync, readFileSync } from "node:fs";
import type postgres from "postgres";
import type { Sql } from "../../db/client/connect.ts";
import { hostDocument, type Twin, twins } from "./host-rows.ts";
import { median, round, timed } from "./stats.ts";

/** Rows that one sync writes back. */
export const resyncRows = 1_000;
const rowsInTurn = 50;

/** How a host's driver sends: `prepared` as psycopg 3 and asyncpg, `simple` as psycopg 2, which puts values into the text. */
export type Protocol = "prepared" | "simple";

export interface Resync {
  readonly protocol: Protocol;
  /** Microseconds a row: the whole re-sync divided by its rows, in the round of the middle; and the median of all statements. */
  readonly whole: Readonly<Record<Twin, number>>;
  readonly median: Readonly<Record<Twin, number>>;
  /** With predraft against without, by the whole re-syncs, and by the median statement. */
  readonly ratio: number;
  readonly medianRatio: number;
  /** By the CPU time of the client and the server's process together, which other work on the machine disturbs less. */
  readonly cpuRatio: number;
  /** Of each round, by the whole re-sync. */
  readonly ratios: readonly number[];
  readonly documentBytes: number;
}

interface Stored {
  readonly id: number;
  readonly n: number;
  readonly draft: unknown;
}

const both: readonly Twin[] = ["attached", "bare"];

/** Re-syncs both tables, `rounds` times. Throws where a row is lost, a draft is, or a job came of it. */
export async function measureResync(
  sql: Sql,
  clients: Readonly<Record<Twin, Sql>>,
  protocol: Protocol,
  rounds: number,
): Promise<Resync> {
  const stored = { attached: await read(sql, "attached"), bare: await read(sql, "bare") };
  const before = await highestJob(sql);
  const all: Record<Twin, number[]> = { attached: [], bare: [] };
  const whole: Record<Twin, number[]> = { attached: [], bare: [] };
  const ratios: number[] = [];
  const cpu: Record<Twin, number> = { attached: 0, bare: 0 };
  let documentBytes = 0;
  for (let turn = -1; turn < rounds; turn += 1) {
    const rows = (twin: Twin) =>
      stored[twin].map(({ id, n, draft }) => ({ id, document: hostDocument(n, turn + 2, draft) }));
    const written = { attached: rows("attached"), bare: rows("bare") };
    documentBytes = written.attached.reduce((sum, { document }) => sum + document.length, 0) / resyncRows;
    const { times, cpu: spent } = await resync(clients, protocol, written);
    await vacuum(sql);
    if (turn < 0) continue; // a warm-up
    for (const twin of both) {
      all[twin].push(...times[twin]);
      whole[twin].push(sum(times[twin]));
      cpu[twin] += spent[twin];
    }
    ratios.push(round(sum(times.attached) / sum(times.bare)));
  }
  await assertUntouched(sql, before);
  const microseconds = (times: Readonly<Record<Twin, number[]>>, rows: number) => ({
    attached: round((median(times.attached) / rows) * 1_000, 1),
    bare: round((median(times.bare) / rows) * 1_000, 1),
  });
  return {
    protocol,
    whole: microseconds(whole, resyncRows),
    median: microseconds(all, 1),
    ratio: round(median(whole.attached) / median(whole.bare)),
    medianRatio: round(median(all.attached) / median(all.bare)),
    cpuRatio: round(cpu.attached / cpu.bare),
    ratios,
    documentBytes: Math.round(documentBytes),
  };
}

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

async function read(sql: Sql, twin: Twin): Promise<Stored[]> {
  return await sql.unsafe<Stored[]>(
    `select id, substr(external_id, 7)::int as n, metadata -> 'last_ai_draft' as draft from ${twins[twin]} order by n`,
  );
}

async function vacuum(sql: Sql): Promise<void> {
  for (const twin of both) await sql.unsafe(`vacuum ${twins[twin]}`);
}

const highestJob = async (sql: Sql): Promise<unknown> =>
  (await sql`select max(id) as id from graphile_worker.jobs`)[0]?.["id"];

async function assertUntouched(sql: Sql, jobBefore: unknown): Promise<void> {
  const [state] = await sql<{ ready: number }[]>`
    select count(*)::int as ready from predraft.interactions where draft_state = 'ready'`;
  if (state?.ready !== resyncRows)
    throw new Error(`${state?.ready} of ${resyncRows} drafts stand after the re-syncs`);
  if ((await highestJob(sql)) !== jobBefore) throw new Error("an unchanged row was enqueued");
}

type Rows = readonly { readonly id: number; readonly document: string }[];

/**
 * One long transaction a table, one UPDATE by primary key a row, each expected to meet its row: as an ORM flushes. The tables
 * take turns of 50 rows, so that other work on the machine slows both. Milliseconds of each statement.
 */
async function resync(
  clients: Readonly<Record<Twin, Sql>>,
  protocol: Protocol,
  rows: Readonly<Record<Twin, Rows>>,
): Promise<{ times: Record<Twin, number[]>; cpu: Record<Twin, number> }> {
  const times: Record<Twin, number[]> = { attached: [], bare: [] };
  const cpu: Record<Twin, number> = { attached: 0, bare: 0 };
  const pids = { attached: await backendOf(clients.attached), bare: await backendOf(clients.bare) };
  const now = new Date().toISOString();
  await clients.attached.begin((attached) =>
    clients.bare.begin(async (bare) => {
      const sessions = { attached, bare };
      for (let from = 0; from < resyncRows; from += rowsInTurn) {
        for (const twin of (from / rowsInTurn) % 2 === 0 ? both : both.toReversed()) {
          const before = cpuTime(pids[twin]);
          for (const row of rows[twin].slice(from, from + rowsInTurn))
            times[twin].push(await timed(() => write(sessions[twin], twins[twin], protocol, row, now)));
          cpu[twin] += cpuTime(pids[twin]) - before;
        }
      }
    }),
  );
  return { times, cpu };
}

const backendOf = async (sql: Sql): Promise<number> =>
  Number((await sql`select pg_backend_pid() as pid`)[0]?.["pid"]);

/** Milliseconds that this process and a backend have been on a CPU. NaN where the system does not tell. */
function cpuTime(pid: number): number {
  const file = `/proc/${pid}/schedstat`;
  const server = existsSync(file) ? Number(readFileSync(file, "utf8").split(" ")[0]) / 1e6 : Number.NaN;
  const { user, system } = process.cpuUsage();
  return server + (user + system) / 1e3;
}

async function write(
  session: postgres.TransactionSql,
  table: string,
  protocol: Protocol,
  { id, document }: Rows[number],
  now: string,
): Promise<void> {
  const { count } =
    protocol === "prepared"
      ? await session.unsafe(
          `update ${table} set metadata = $1, updated_at = $2 where id = $3`,
          [document, now, id],
          { prepare: true },
        )
      : await session.unsafe(
          `update ${table} set metadata = '${document.replaceAll("'", "''")}', updated_at = '${now}' where id = ${id}`,
        );
  if (count !== 1) throw new Error(`row ${id} was not matched`);
}
