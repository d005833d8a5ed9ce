import { setTimeout as pause } from "node:timers/promises";
import type { Sql } from "../../db/client/connect.ts";
import type { HostMapping } from "../../db/host/mapping.ts";
import { qualified, quote } from "../../db/migrate/render/quote.ts";

/** Rows that one statement may hold locked; some 20 ms. */
const rowsAtOnce = 100;
/** Rows that one statement looks through. */
const rangeSize = 5_000;
const passes = 5;

/** What was done, and what host transactions held to the end. */
export interface Walked {
  readonly done: number;
  readonly held: number;
}

export interface Walk {
  readonly sql: Sql;
  readonly host: HostMapping;
  /** SQL over `t`, a row of the host's table, and `i`, the same as `predraft.interactions` shows it: which rows are meant. */
  readonly meant: string;
  /** SQL over the same: the draft that is put in, null for none. Evaluated once a row. */
  readonly draft: string;
  /** Between two passes over rows that were held; 1,000 ms. */
  readonly pauseMs?: number;
  readonly stopping?: AbortSignal;
  readonly onProgress?: (done: number) => void;
}

/**
 * Puts another draft into each document that is meant, in ranges of the key. A statement locks at most 100 rows, skips those
 * that anybody holds and waits for nothing, so that no host statement waits longer than that takes, and none deadlocks with it.
 * Rows that were held are tried again in up to 5 passes. What is written meanwhile stays as its writer left it.
 */
export async function rewriteDrafts(walk: Walk): Promise<Walked> {
  let done = 0;
  let ranges = await nextRange(walk, null);
  let after = ranges.at(-1)?.to ?? null;
  let left: Range[] = [];
  const stopped = (): boolean => walk.stopping?.aborted ?? false;
  while (ranges.length > 0 && !stopped()) {
    for (const range of ranges) {
      const result = await rewriteRange(walk, range, stopped);
      done += result.done;
      if (result.held > 0) left.push({ ...range, held: result.held });
      walk.onProgress?.(done);
    }
    ranges = await nextRange(walk, after);
    after = ranges.at(-1)?.to ?? after;
  }
  for (let pass = 1; pass < passes && left.length > 0 && !stopped(); pass += 1) {
    await pause(walk.pauseMs ?? 1_000);
    const again: Range[] = [];
    for (const range of left) {
      const result = await rewriteRange(walk, range, stopped);
      done += result.done;
      if (result.held > 0) again.push({ ...range, held: result.held });
    }
    left = again;
    walk.onProgress?.(done);
  }
  return { done, held: left.reduce((sum, range) => sum + (range.held ?? 0), 0) };
}

interface Range {
  /** Exclusive; null: from the beginning. */
  readonly from: string | null;
  /** Inclusive. */
  readonly to: string;
  readonly held?: number;
}

async function nextRange({ sql, host }: Walk, from: string | null): Promise<Range[]> {
  const key = quote(host.columns.id);
  const rows = await sql.unsafe<{ to: string }[]>(
    `select k::text as "to" from (
       select ${key} as k from ${qualified(host.table)} ${from === null ? "" : `where ${key} > $1::${host.keys.id}`} order by ${key} limit ${rangeSize}
     ) range order by k desc limit 1`,
    from === null ? [] : [from],
  );
  return rows.map(({ to }) => ({ from, to }));
}

async function rewriteRange(walk: Walk, range: Range, stopped: () => boolean): Promise<Walked> {
  const statement = rewriteSql(walk.host, walk.meant, walk.draft, range.from !== null);
  const bounds = range.from === null ? [range.to] : [range.to, range.from];
  let done = 0;
  for (;;) {
    const [row] = await walk.sql.unsafe<{ found: number; locked: number; done: number }[]>(statement, bounds);
    const { found, locked, done: now } = row ?? { found: 0, locked: 0, done: 0 };
    done += now;
    // Nothing done: a trigger of the host's undoes what we write, and would for ever.
    if (found <= rowsAtOnce || locked < rowsAtOnce || now === 0 || stopped())
      return { done, held: found - locked };
  }
}

/**
 * The statement for one range of keys: $1 its end, $2 its beginning. Keys go on as arrays: the planner takes a range of unknown
 * bounds for a third of the table, and would read all of it each time.
 */
export function rewriteSql(host: HostMapping, meant: string, draft: string, bounded: boolean): string {
  const key = quote(host.columns.id);
  const document = quote(host.document.column);
  // Cheap, and enough to leave out most documents; json is not parsed for it.
  const has =
    host.document.type === "json"
      ? `t.${document}::text ~ '"last_ai_draft"\\s*:\\s*[{]'`
      : `jsonb_typeof(t.${document} -> 'last_ai_draft') = 'object'`;
  return `
with candidates as materialized (
  select t.${key} as id from ${qualified(host.table)} t
  where t.${key} <= $1::${host.keys.id}${bounded ? ` and t.${key} > $2::${host.keys.id}` : ""} and ${has}
),
meant as materialized (
  select i.id, i.seller_id, i.external_id, i.content_hash, i.extra_data -> 'last_ai_draft' as draft
  from predraft.interactions i
  where i.id = any(array(select c.id from candidates c)) and jsonb_typeof(i.extra_data) = 'object' and (${meant})
),
locked as materialized (
  select t.${key} as id from ${qualified(host.table)} t
  where t.${key} = any(array(select m.id from meant m)) limit ${rowsAtOnce} for no key update skip locked
),
written as (
  update ${qualified(host.table)} t
  set ${document} = (case when d.draft is null then predraft.as_jsonb(t.${document}) - 'last_ai_draft'
    else predraft.as_jsonb(t.${document}) || jsonb_build_object('last_ai_draft', d.draft) end)::${host.document.type}
  from locked l join meant i on i.id = l.id
  cross join lateral (select ${draft} as draft offset 0) d
  where t.${key} = any(array(select l.id from locked l)) and t.${key} = l.id and predraft.as_jsonb(t.${document}) -> 'last_ai_draft' = i.draft   -- another writer was faster: theirs stays
  returning 1
)
select (select count(*)::int from meant) as found, (select count(*)::int from locked) as locked,
  (select count(*)::int from written) as done`;
}
