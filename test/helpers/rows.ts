import { randomUUID } from "node:crypto";
import type postgres from "postgres";

type Value = postgres.ParameterOrJSON<never> | undefined;
/** Columns of `public.interactions` that differ from the defaults; objects become JSON. */
export type Fields = Readonly<Record<string, Value>>;
/** A client or a transaction. */
export type Client = postgres.ISql;

/** What a test most often wants to know of an interaction. */
export interface Shown {
  readonly draft: Record<string, unknown> | null | undefined;
  readonly document: Record<string, unknown> | null;
  readonly hash: string;
  readonly state: string;
  readonly priority: string;
  readonly status: string;
  readonly needsResponse: boolean;
}

/** Makes sure of a seller, on either host. */
export async function addSeller(sql: Client, id = 1): Promise<void> {
  await sql`insert into public.sellers (id, name) values (${id}, ${`Seller ${id}`}) on conflict do nothing`;
}

/** An open question of seller 1 as a row to insert, of either host. */
export function interaction(fields: Fields = {}): Record<string, never> {
  return {
    seller_id: 1,
    marketplace: "wildberries",
    channel: "question",
    external_id: randomUUID(),
    text: "Какой состав у ткани?",
    status: "open",
    needs_response: true,
    priority: "normal",
    occurred_at: "2026-01-05T10:00:00Z",
    ...fields,
  } as unknown as Record<string, never>;
}

/** Inserts one interaction, its seller with it, and answers with its id. */
export async function addInteraction(sql: Client, fields: Fields = {}): Promise<string> {
  await addSeller(sql, Number(fields["seller_id"] ?? 1));
  const [row] = await sql`insert into public.interactions ${sql(interaction(fields))} returning id`;
  return String(row?.["id"]);
}

/** Inserts so many interactions with one statement; `vary` gives the n-th its own columns. Ids in their order. */
export async function addInteractions(
  sql: Client,
  count: number,
  vary: (n: number) => Fields = () => ({}),
): Promise<string[]> {
  await addSeller(sql);
  const rows = Array.from({ length: count }, (_, n) => interaction(vary(n)));
  const inserted = await sql`insert into public.interactions ${sql(rows)} returning id`;
  return inserted.map((row) => String(row["id"]));
}

/** An interaction as predraft shows it, on either host. Throws where it is gone. */
export async function show(sql: Client, id: string): Promise<Shown> {
  const [row] = await sql`
    select extra_data as document, extra_data -> 'last_ai_draft' as draft, content_hash, draft_state, priority,
      status, needs_response
    from predraft.interactions where id = ${id}`;
  if (row === undefined) throw new Error(`interaction ${id} is gone`);
  return {
    draft: row["draft"],
    document: row["document"],
    hash: row["content_hash"],
    state: row["draft_state"],
    priority: row["priority"],
    status: row["status"],
    needsResponse: row["needs_response"],
  };
}

/** Puts a draft into the history for the content as it is, by what is in `fields`, and answers with its id. */
export async function recordDraft(sql: Client, id: string, fields: Fields = {}): Promise<string> {
  const { hash } = await show(sql, id);
  const [own] = await sql`select seller_id from predraft.interactions where id = ${id}`;
  const result = {
    interaction_id: Number(id),
    seller_id: Number(own?.["seller_id"]),
    content_hash: hash,
    text: "Здравствуйте! Хлопок.",
    source: "llm",
    trigger: "pregenerate",
    outcome: "unprojected",
    ...fields,
  };
  const [row] = await sql`select predraft.record_draft(${sql.json(result as never)}) as id`;
  return String(row?.["id"]);
}

/** Saves a draft as a worker does: history first, then beside the interaction. */
export async function saveDraft(
  sql: Client,
  id: string,
  { provisional = false, ...fields }: Fields & { readonly provisional?: boolean } = {},
): Promise<{ draftId: string; verdict: string }> {
  const draftId = await recordDraft(sql, id, fields);
  return { draftId, verdict: await projectDraft(sql, draftId, provisional) };
}

/** Writes a draft of the history beside its interaction; the verdict of `predraft.project_draft`. */
export async function projectDraft(sql: Client, draftId: string, provisional = false): Promise<string> {
  const [row] = await sql`select predraft.project_draft(${draftId}, ${provisional}) as verdict`;
  return row?.["verdict"];
}
