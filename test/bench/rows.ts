import type { Sql } from "../../db/client/connect.ts";
import { buyerText, seeded } from "./texts.ts";

/** The columns that an ingest gives, as in a host's own statement. */
export const columns = [
  ...[
    "seller_id",
    "marketplace",
    "channel",
    "external_id",
    "customer_name",
    "nm_id",
    "product_name",
    "text",
    "rating",
  ],
  ...[
    "status",
    "priority",
    "needs_response",
    "occurred_at",
    "last_message_text",
    "last_message_at",
    "extra_data",
  ],
] as const;

/** Which rows have a priority of the host's: about half, all, none. */
const loads = { mixed: "priority", host: "coalesce(priority, 'normal')", rules: "null" } as const;

export type Load = keyof typeof loads;

/** The columns as a statement of this load selects them. */
export const selected = (load: Load): string =>
  columns.map((column) => (column === "priority" ? loads[load] : column)).join(", ");

const priorities = ["urgent", "high", "normal", "low"];
const sellers = 10;

/** 78 % five stars; of the rest, 8 in 22 four, 4 three, 3 two and 7 one. */
const stars = (draw: number): number =>
  draw < 0.78 ? 5 : draw < 0.86 ? 4 : draw < 0.9 ? 3 : draw < 0.93 ? 2 : 1;

function makeRow(random: () => number, n: number) {
  const draw = random();
  const channel = draw < 0.6 ? "review" : draw < 0.85 ? "question" : "chat";
  const rating = channel === "review" ? stars(random()) : null;
  const mood = rating === null ? "asking" : rating >= 4 ? "pleased" : "displeased";
  const text = rating !== null && random() < 1 / 3 ? null : buyerText(random, mood);
  const at = new Date(Date.now() - random() * 20 * 86_400_000).toISOString();
  return {
    seller_id: 1 + (n % sellers),
    marketplace: "wildberries",
    channel,
    external_id: `bench-${n}`,
    customer_name: "Анна",
    nm_id: 100_000 + (n % 500),
    product_name: "Товар",
    text,
    rating,
    status: "open",
    // Half without, so that the rules have to find one.
    priority: random() < 0.5 ? null : priorities[Math.floor(random() * 4)],
    needs_response: true,
    occurred_at: at,
    last_message_text: channel === "chat" ? text : null,
    last_message_at: channel === "chat" ? at : null,
    extra_data: { source: "bench", photos: Math.floor(random() * 3) },
  };
}

/** Creates `bench.given` and fills it with `count` rows; `nth` runs from 0. The statements measured read from it. */
export async function stageRows(sql: Sql, count: number): Promise<void> {
  await sql`create schema if not exists bench`;
  await sql`create table bench.given as select 0 as nth, ${sql(columns)} from public.interactions limit 0`;
  const random = seeded(20_261_123);
  for (let from = 0; from < count; from += 1_000) {
    const rows = Array.from({ length: Math.min(1_000, count - from) }, (_, i) => ({
      nth: from + i,
      ...makeRow(random, from + i),
    }));
    await sql`insert into bench.given select * from jsonb_populate_recordset(null::bench.given, ${sql.json(rows)})`;
  }
  await sql`create index on bench.given (nth)`;
  await sql`insert into public.sellers (id, name) select n, 'bench' from generate_series(1, ${sellers}) n on conflict do nothing`;
  await sql`vacuum analyze bench.given`;
}
