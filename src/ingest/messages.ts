import type postgres from "postgres";
import type { Row } from "./upsert.ts";

/**
 * Appends chat messages in one statement; existing messages stay as they are. Returns how many were written, and the positions in
 * `rows` of messages whose interaction does not exist. Throws what Postgres throws.
 */
export async function insertMessages(
  sql: postgres.ISql,
  rows: readonly Row[],
): Promise<{ written: number; orphans: number[] }> {
  if (rows.length === 0) return { written: 0, orphans: [] };
  const [result] = await sql<{ written: number; orphans: number[] }[]>`
    with given as materialized (
      select r.*, l.position, i.id as interaction_id
        from jsonb_array_elements(${JSON.stringify(rows)}::text::jsonb) with ordinality as l(line, position)
       cross join lateral jsonb_to_record(l.line) as r(
               seller_id bigint, marketplace text, channel text, interaction text,
               external_id text, direction text, text text, sent_at timestamptz)
        left join public.interactions as i
          on (i.seller_id, i.marketplace, i.channel, i.external_id)
           = (r.seller_id, r.marketplace, r.channel, r.interaction)
    ),
    inserted as (
      insert into public.messages (interaction_id, external_id, direction, text, sent_at)
      select interaction_id, external_id, direction, text, sent_at
        from given
       where interaction_id is not null
       order by interaction_id, position
      on conflict (interaction_id, external_id) do nothing
      returning 1
    )
    select (select count(*)::int from inserted) as written,
           (select coalesce(array_agg(position::int - 1 order by position), '{}')
              from given where interaction_id is null) as orphans`;
  return result ?? { written: 0, orphans: [] };
}
