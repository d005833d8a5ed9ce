import type { Sql } from "../../../db/client/connect.ts";
import type { Settings } from "../../../db/client/settings.ts";
import { estimateCost, priceOf } from "../../llm/prices.ts";
import type { Provider } from "../../llm/provider.ts";
import type { Logger } from "../../log.ts";

/**
 * Says how many drafts that were made by rules a model is about to replace, and what that costs by list prices. Nothing for a
 * provider without a model, or if there are none.
 */
export async function sayOfflineDrafts(
  sql: Sql,
  { remote, model }: Pick<Provider, "remote" | "model">,
  settings: Settings,
  log: Logger,
): Promise<void> {
  if (!remote || !settings.llm_enabled || !settings.ai_draft_pregenerate_enabled) return;
  const [row] = await sql<{ drafts: number }[]>`
    select count(*)::int as drafts from predraft.interactions i
    where i.extra_data #>> '{last_ai_draft,source}' = 'offline' and i.extra_data #>> '{last_ai_draft,content_hash}' = i.content_hash
      and i.needs_response is true and i.status is distinct from 'responded'
      and coalesce(greatest(i.occurred_at, i.last_message_at), 'infinity') >= now() - ${settings.ai_draft_max_age_days}::int * interval '1 day'`;
  const drafts = row?.drafts ?? 0;
  if (drafts === 0) return;
  if (!settings.ai_draft_redraft_offline) {
    log.info({ drafts }, "drafts made by rules stay: ai_draft_redraft_offline is false");
    return;
  }
  const price = priceOf(model, settings.llm_prices);
  const cost =
    price === undefined ? "at an unknown price" : `for about $${estimateCost(drafts, price).toFixed(2)}`;
  log.warn(
    `${drafts} ${drafts === 1 ? "draft" : "drafts"} made by rules will be made anew by ${model}, ${cost}; set ai_draft_redraft_offline to false to keep them`,
  );
}
