import type { Sql } from "../../db/client/connect.ts";
import type { HostMapping } from "../../db/host/mapping.ts";
import { rewriteDrafts, type Walk, type Walked } from "./documents.ts";

/** A draft with a text and without a hash, as another writer leaves it. `i` is a row of `predraft.interactions`. */
export const unstamped = `jsonb_typeof(i.extra_data -> 'last_ai_draft') = 'object'
    and i.extra_data #>> '{last_ai_draft,content_hash}' is null
    and jsonb_typeof(i.extra_data #> '{last_ai_draft,text}') = 'string' and i.extra_data #>> '{last_ai_draft,text}' <> ''`;

/** The same draft with the hash of the content as it is; a text that history knows under another hash stays as it was. */
export const adopted =
  "coalesce(predraft.adopt_draft(i.id, i.seller_id, i.external_id, i.draft, i.content_hash), i.draft)";

/** How a walk goes on while it lasts. */
export type WalkOptions = Pick<Walk, "pauseMs" | "stopping" | "onProgress">;

/**
 * Takes the drafts that stand in the documents without a hash as made for the content as it is now: stamped, and kept in the
 * history as source host. What host transactions hold to the end is adopted by the trigger when the host next writes the row.
 */
export async function adoptExisting(sql: Sql, host: HostMapping, options: WalkOptions = {}): Promise<Walked> {
  return rewriteDrafts({ sql, host, meant: unstamped, draft: adopted, ...options });
}

/** What predraft stamps a draft of the host's with; everything else in it is the host's. */
const stamps = ["content_hash", "draft_id", "source", "provisional"];

/**
 * Takes out of the documents what predraft has put there: its own drafts whole, its stamps from the host's own. Only once the
 * triggers are gone, which would bring a fresh draft back. Other keys keep their values; drafts without a hash are not ours.
 */
export async function dropDrafts(sql: Sql, host: HostMapping, options: WalkOptions = {}): Promise<Walked> {
  return rewriteDrafts({
    sql,
    host,
    meant: "i.extra_data #>> '{last_ai_draft,content_hash}' is not null",
    draft: `case when i.draft ->> 'source' = 'host' then i.draft - '{${stamps.join(",")}}'::text[] end`,
    ...options,
  });
}
