import type { Sql } from "../../db/client/connect.ts";
import { type BacklogItem, type EnqueueOptions, inBatches } from "./backlog.ts";

/** Why an interaction is drafted: it has no draft of its content, a provisional one, or one by an older prompt. */
export type BackfillKind = "wanting" | "provisional" | "older_prompt";

/** What is to be drafted. */
export interface BackfillChoice {
  readonly kinds: readonly BackfillKind[];
  /** Ids; null: of all sellers. */
  readonly sellers: readonly string[] | null;
  /** By date, a chat by its last message; null: within ai_draft_max_age_days. */
  readonly since: Date | null;
  /** Channel to the version that its prompt has now. */
  readonly promptVersions: Readonly<Record<string, string>>;
  /** Whether the provider is a remote one, which offline drafts give way to. */
  readonly remote: boolean;
}

export interface BackfillItem extends BacklogItem {
  readonly sellerId: string;
}

/** What such a backfill would draft: the most urgent first, then the newest. One pass over the table that locks nothing. */
export async function readBackfill(sql: Sql, choice: BackfillChoice): Promise<BackfillItem[]> {
  return await sql<BackfillItem[]>`
    select b.interaction_id::text as id, b.seller_id::text as "sellerId", b.priority, b.channel, b.free
    from predraft.backfill(${array(choice.kinds)}, ${choice.sellers === null ? null : array(choice.sellers)},
      ${choice.since}, ${sql.json(choice.promptVersions)}, ${choice.remote}) with ordinality b(interaction_id, seller_id, priority, channel, free, nth)
    order by b.nth`;
}

/** Appends a job behind all fresh work for each that still is to be drafted and has none; see `inBatches`. */
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

/** As Postgres reads an array; what stands in it is quoted. */
const array = (values: readonly string[]): string =>
  `{${values.map((value) => `"${value.replaceAll(/["\\]/g, "\\$&")}"`).join(",")}}`;
