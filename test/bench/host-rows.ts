import type { Sql } from "../../db/client/connect.ts";
import { pythonJson } from "../helpers/python-json.ts";
import { buyerText, seeded } from "./texts.ts";

/** The two tables of one shape: with predraft's triggers, and without any. */
export const twins = { attached: "public.interactions", bare: "bench.twin" } as const;

export type Twin = keyof typeof twins;

/** A host's row as far as the benchmark writes it; the document is JSON text. */
export interface HostRow {
  readonly seller_id: number;
  readonly marketplace: string;
  readonly channel: string;
  readonly external_id: string;
  readonly nm_id: number;
  readonly subject: string;
  readonly text: string;
  readonly rating: number | null;
  readonly priority: string;
  readonly occurred_at: Date;
  readonly metadata: string;
}

/** A document of 1 to 3 kB with the keys of the host; `sync` counts the re-syncs, and changes one key each time. */
export function hostDocument(n: number, sync: number, draft?: unknown): string {
  const random = seeded(n);
  const candidates = Array.from({ length: 1 + Math.floor(random() * 4) }, (_, k) => ({
    interaction_id: n + k + 1,
    confidence: 0.75,
    reason: "Тот же покупатель и товар",
  }));
  return pythonJson({
    user_name: "Анна Иванова",
    ...(draft === undefined ? {} : { last_ai_draft: draft }),
    ...(random() < 0.5
      ? { last_reply_text: buyerText(random, "pleased").slice(0, 80), last_reply_source: "manual" }
      : {}),
    wb_sync_state: { etag: `W/${n}-${"0".repeat(24)}`, page: n % 40, answered: false },
    link_candidates: candidates,
    link_updated_at: new Date(1_764_000_000_000 + sync * 30_000).toISOString(),
  });
}

const channels = ["review", "question", "chat"] as const;

/** The n-th row of the host's, open. */
export function hostRow(n: number): HostRow {
  const random = seeded(n + 1_000_000);
  const channel = channels[n % 3] as (typeof channels)[number];
  return {
    seller_id: 1 + (n % 10),
    marketplace: "wildberries",
    channel,
    external_id: `bench-${n}`,
    nm_id: 100_000 + (n % 500),
    subject: "Отзыв о товаре",
    text: buyerText(random, channel === "review" ? "displeased" : "asking"),
    rating: channel === "review" ? 1 + (n % 5) : null,
    priority: "normal",
    occurred_at: new Date(1_764_000_000_000 - n * 60_000),
    metadata: hostDocument(n, 0),
  };
}

/** Beside predraft's table, one of the same columns, indexes, checks and foreign key in schema bench. */
export async function createTwin(sql: Sql): Promise<void> {
  await sql.unsafe(`
    create schema bench;
    create table ${twins.bare} (like public.interactions including all);
    alter table ${twins.bare} add foreign key (seller_id) references public.sellers;
    insert into public.sellers (name) select 'bench' from generate_series(1, 10)`);
}

/** Gives every row of predraft's table a draft as a worker would, and its twin the same document. */
export async function giveDrafts(sql: Sql): Promise<void> {
  await sql`
    with recorded as (
      select predraft.record_draft(jsonb_build_object(
        'interaction_id', i.id, 'seller_id', i.seller_id, 'content_hash', i.content_hash,
        'text', repeat('Здравствуйте! Спасибо за отзыв о товаре. ', 3), 'intent', 'other', 'sentiment', 'neutral',
        'recommendation_reason', 'Покупатель ждёт ответа.', 'prompt_version', 'v1', 'response_model', 'deepseek-flash',
        'source', 'llm', 'trigger', 'pregenerate', 'outcome', 'unprojected')) as id
      from predraft.interactions i
    )
    select count(id) from recorded`;
  await sql`select predraft.project_draft(d.id, false) from predraft.drafts d`;
  await sql.unsafe(
    `update ${twins.bare} t set metadata = i.metadata from public.interactions i where i.external_id = t.external_id`,
  );
}
