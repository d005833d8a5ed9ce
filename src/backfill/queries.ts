import type { Sql } from "../../db/client/connect.ts";
import { type BacklogItem, type EnqueueOptions, inBatches } from "./backlog.ts";

/** Why an interaction is drafted: it has no draft for its content, a provisional one, or one by an older prompt. */
export type BackfillKind = "wanting" | "provisional" | "older_prompt";

/** Which interactions to draft. */
export interface BackfillChoice {
  readonly kinds: readonly BackfillKind[];
  /** Ids of sellers; null means all sellers. */
  readonly sellers: readonly string[] | null;
  /** The oldest date, for a chat of its last message; null means ai_draft_max_age_days. */
  readonly since: Date | null;
  /** The current version of each channel's prompt. */
  readonly promptVersions: Readonly<Record<string, string>>;
  /** Whether the provider is remote; if so, offline drafts are replaced. */
  readonly remote: boolean;
}

export interface BackfillItem extends BacklogItem {
  readonly sellerId: string;
}

/** Lists what such a backfill would draft: the most urgent first, then the newest. One pass over the table, without locks. */
export async function readBackfill(sql: Sql, choice: BackfillChoice): Promise<BackfillItem[]> {
  return await sql<BackfillItem[]>`
    select b.interaction_id::text as id, b.seller_id::text as "sellerId", b.priority, b.channel, b.free
    from predraft.backfill(${array(choice.kinds)}, ${choice.sellers === null ? null : array(choice.sellers)},
      ${choice.since}, ${sql.json(choice.promptVersions)}, ${choice.remote}) with ordinality b(interaction_id, seller_id, priority, channel, free, nth)
    order by b.nth`;
}

/** Adds a job behind all fresh work for each interaction that still wants one and has none; see `inBatches`. */
export async function enqueueBackfill(
  sql: Sql,
  choice: BackfillChoice,
  items: readonly BackfillItem[],
  options: EnqueueOptions = {},
): Promise<number> {
  return await inBatches(items, options, async (ids) => {
    const [row] = await sql<{ added: number }[]>`
      select predraft.enqueue_backfill(${ids}, ${array(choice.kinds)}, ${sql.json(choice.promptVersions)}, ${choice.remote}) as added`;
    return row?.added ?? 0;
  });
}

/** Drafts that a backfill leaves alone, because their content killed a worker each time, or the model declines it. */
export async function countLeftAlone(sql: Sql): Promise<number> {
  const [row] = await sql<{ count: number }[]>`
    select count(*)::int as count from predraft.interactions i
    where i.draft_state = 'provisional' and i.extra_data #>> '{last_ai_draft,fallback_reason}' in ('poison', 'refused')`;
  return row?.count ?? 0;
}

/** Writes an array as Postgres reads it, with each value quoted. */
const array = (values: readonly string[]): string =>
  `{${values.map((value) => `"${value.replaceAll(/["\\]/g, "\\$&")}"`).join(",")}}`;
