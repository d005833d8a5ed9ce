import type postgres from "postgres";
import type { Refusal } from "../../src/ingest/batch.ts";
import { ingest } from "../../src/ingest/ingest.ts";

/** Lines that need nothing but each other. */
export const seller = { type: "seller", id: 1, name: "Лён" };
export const review = { type: "interaction", seller_id: 1, channel: "review", external_id: "r-1" };
export const chat = { type: "interaction", seller_id: 1, channel: "chat", external_id: "c-1" };
/** A line of that chat. */
export const message = (external_id: string, direction: string, sent_at: string, more: object = {}) => ({
  type: "message",
  seller_id: 1,
  channel: "chat",
  interaction: "c-1",
  external_id,
  direction,
  text: `текст ${external_id}`,
  sent_at,
  ...more,
});

/** Lines as `ingest` reads them; text stays as it is. */
export async function* each(lines: readonly (object | string)[]): AsyncGenerator<string> {
  for (const line of lines) yield typeof line === "string" ? line : JSON.stringify(line);
}

/** Ingests the lines and answers the counts with what was refused. */
export async function take(sql: postgres.Sql, lines: readonly (object | string)[], batchSize?: number) {
  const refusals: Refusal[] = [];
  const counts = await ingest({
    sql,
    lines: each(lines),
    onRefused: (refusal) => refusals.push(refusal),
    ...(batchSize === undefined ? {} : { batchSize }),
  });
  return { ...counts, refusals, refusedLines: refusals.map((refusal) => refusal.line) };
}

/** How many drafts are queued. */
export const jobs = async (sql: postgres.Sql) =>
  Number(
    (await sql`select count(*) from graphile_worker.jobs where task_identifier = 'generate_draft'`)[0]?.[
      "count"
    ],
  );

/** The row of an interaction, with its version, which every update changes. */
export const interaction = async (sql: postgres.Sql, externalId = "r-1") =>
  (
    await sql`select *, xmin::text as version from public.interactions where external_id = ${externalId}`
  )[0] ?? {};
