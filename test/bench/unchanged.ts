import type { Sql } from "../../db/client/connect.ts";
import type { Check } from "./report.ts";
import { type Rival, tables } from "./rivals.ts";
import { columns } from "./rows.ts";
import { countNotifications } from "./silence.ts";
import { median, round, timed } from "./stats.ts";

export interface Unchanged {
  readonly lines: readonly string[];
  readonly data: Readonly<Record<string, unknown>>;
  readonly checks: readonly Check[];
}

const compared: readonly Rival[] = ["predraft", "bare"];
const channels = ["jobs:insert", "predraft_drafts"];

interface Case {
  readonly name: string;
  readonly times: Record<"predraft" | "bare", number[]>;
  readonly jobs: number;
  readonly notifications: number;
}

/** The first rows upserted again as they are: while they wait for a draft, and once they carry one that the host doesn't know. */
export async function measureUnchanged(
  sql: Sql,
  listener: Sql,
  rows: number,
  rounds: number,
): Promise<Unchanged> {
  // The plan of a session's first statement serves all later ones: a single row first, as in a host's own pool.
  await upsertAgain(sql, "predraft", 1);
  const waiting = await measureCase("rows without a draft", sql, listener, rows, rounds);
  await giveDrafts(sql, rows);
  const ready = await measureCase("rows with a draft", sql, listener, rows, rounds);
  await assertDraftsStand(sql, rows);
  const cases = [waiting, ready];
  return {
    lines: [
      `INSERT … ON CONFLICT DO UPDATE SET all columns, the same ${rows} rows, median of ${rounds}`,
      ...cases.map(
        ({ name, times }) =>
          `${name.padEnd(34)}${median(times.predraft).toFixed(1).padStart(8)} ms  no trigger ${median(times.bare).toFixed(1)} ms`,
      ),
    ],
    data: Object.fromEntries(
      cases.map(({ name, times, jobs, notifications }) => [
        name,
        {
          predraftMs: round(median(times.predraft)),
          bareMs: round(median(times.bare)),
          milliseconds: times,
          jobs,
          notifications,
        },
      ]),
    ),
    checks: cases.map(({ name, jobs, notifications }) => ({
      what: `unchanged ${name}: no job, no notification`,
      ok: jobs === 0 && notifications === 0,
      found: `${jobs} jobs, ${notifications} notifications`,
    })),
  };
}

async function measureCase(
  name: string,
  sql: Sql,
  listener: Sql,
  rows: number,
  rounds: number,
): Promise<Case> {
  const times: Case["times"] = { predraft: [], bare: [] };
  const before = await jobState(sql);
  const counts = await countNotifications(sql, listener, channels, async () => {
    for (let turn = 0; turn < rounds; turn += 1) {
      for (const rival of turn % 2 === 0 ? compared : compared.toReversed()) {
        times[rival as "predraft" | "bare"].push(await timed(() => upsertAgain(sql, rival, rows)));
      }
    }
  });
  const after = await jobState(sql);
  const notifications = Object.values(counts).reduce((sum, count) => sum + count, 0);
  return { name, times, jobs: after - before, notifications };
}

const list = columns.join(", ");
const upsertAgain = (sql: Sql, rival: Rival, rows: number) =>
  sql.unsafe(`
    insert into ${tables[rival]} (${list}) select ${list} from bench.given where nth < ${rows}
    on conflict (seller_id, marketplace, channel, external_id) do update
    set (${list}) = row(${columns.map((column) => `excluded.${column}`).join(", ")})`);

/** The highest job id given so far: a job that was added and taken away again would show as well. */
async function jobState(sql: Sql): Promise<number> {
  const [row] = await sql<{ id: string }[]>`select coalesce(max(id), 0) as id from graphile_worker.jobs`;
  return Number(row?.id);
}

async function giveDrafts(sql: Sql, rows: number): Promise<void> {
  await sql`
    with recorded as (
      select predraft.record_draft(jsonb_build_object(
        'interaction_id', i.id, 'seller_id', i.seller_id, 'content_hash', i.content_hash, 'text', 'Здравствуйте! Спасибо за отзыв.',
        'source', 'llm', 'trigger', 'pregenerate', 'outcome', 'unprojected')) as id
      from predraft.interactions i join bench.given g using (external_id) where g.nth < ${rows}
    )
    select id from recorded`;
  await sql`select predraft.project_draft(d.id, false) from predraft.drafts d`;
  await sql`vacuum analyze public.interactions`;
  await assertDraftsStand(sql, rows);
}

async function assertDraftsStand(sql: Sql, rows: number): Promise<void> {
  const [row] = await sql<{ ready: number }[]>`
    select count(*)::int as ready from predraft.interactions where draft_state = 'ready'`;
  if (row?.ready !== rows) throw new Error(`expected ${rows} ready drafts, found ${row?.ready}`);
}
