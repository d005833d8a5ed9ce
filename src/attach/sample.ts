import type { Sql } from "../../db/client/connect.ts";
import { qualified, quote } from "../../db/migrate/render/quote.ts";
import type { Sample, SampledValues, TableFacts } from "./facts.ts";

/** The host's names of what is sampled, and SQL over its row; null if there is nothing of that kind. */
export interface SampledColumns {
  readonly id: string;
  readonly document: string;
  readonly channel: string | null;
  readonly status: string | null;
  readonly priority: string | null;
  readonly needs: string | null;
  /** Whether a value of `channel` means a chat. */
  readonly isChat: (channel: string) => boolean;
}

/** A sample of nothing. */
export const emptySample: Sample = {
  rows: 0,
  values: [],
  keys: {},
  chatKeys: {},
  odd: 0,
  unstamped: 0,
};

type Keys = Record<string, { count: number; values: string[] }>;

/**
 * Looks at the newest 20,000 interactions by key, and into up to 200 documents of each channel. Documents are read as text:
 * a json one may hold what jsonb cannot.
 */
export async function readSample(sql: Sql, table: TableFacts, columns: SampledColumns): Promise<Sample> {
  const read = (expression: string | null): string =>
    expression === null ? "null::text" : `(${expression})::text`;
  const rows = await sql.unsafe<SampledRow[]>(`
    with newest as (
      select ${quote(columns.id)} as id, ${read(columns.channel)} as channel, ${read(columns.status)} as status,
        ${read(columns.priority)} as priority, ${columns.needs ?? "null"} is true as needs, ${quote(columns.document)} as document
      from ${qualified(table)} order by ${quote(columns.id)} desc limit 20000
    ),
    ranked as (select *, row_number() over (partition by channel order by id desc) as nth from newest)
    select channel, status, priority, count(*)::int as rows, (count(*) filter (where needs))::int as needing,
      coalesce(json_agg(left(document::text, 100000)) filter (where nth <= 200 and document is not null), '[]') as documents
    from ranked group by 1, 2, 3`);
  const sample = structuredClone(emptySample) as Mutable;
  for (const row of rows) addRow(sample, row, row.channel !== null && columns.isChat(row.channel));
  return sample;
}

interface SampledRow extends SampledValues {
  readonly documents: readonly string[];
}

interface Mutable {
  rows: number;
  readonly values: SampledValues[];
  readonly keys: Keys;
  readonly chatKeys: Keys;
  odd: number;
  unstamped: number;
}

function addRow(sample: Mutable, { documents, ...values }: SampledRow, isChat: boolean): void {
  sample.rows += values.rows;
  sample.values.push(values);
  for (const text of documents) addDocument(sample, text, isChat);
}

function addDocument(sample: Mutable, text: string, isChat: boolean): void {
  const document = parse(text);
  if (document === null) return;
  if (typeof document !== "object" || Array.isArray(document)) {
    sample.odd += 1;
    return;
  }
  for (const [key, value] of Object.entries(document)) {
    const kind = typeof value;
    if ((kind !== "string" && kind !== "number") || value === "") continue;
    for (const keys of isChat ? [sample.keys, sample.chatKeys] : [sample.keys]) add(keys, key, String(value));
  }
  const draft = (document as Record<string, unknown>)["last_ai_draft"];
  if (typeof draft === "object" && draft !== null && !("content_hash" in draft)) sample.unstamped += 1;
}

/** Values are kept only if they look like a key: a buyer's words never leave this file. */
function add(keys: Keys, key: string, value: string): void {
  const entry = Object.hasOwn(keys, key) ? (keys[key] as Keys[string]) : { count: 0, values: [] };
  keys[key] = entry;
  entry.count += 1;
  if (entry.values.length < 5 && /^[\w-]{1,64}$/.test(value)) entry.values.push(value);
}

/** null for JSON null and for a document too long to be looked at. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}
