import { setTimeout as delay } from "node:timers/promises";
import type postgres from "postgres";
import { channelOf, contentOf, externalId, isWordless, markerOf, priorities, spelled } from "./content.ts";
import type { Known, Lane } from "./lane.ts";

/** What a deed may use: a connection, its lane, and where to say that a version has been replaced. */
export interface Tools {
  readonly sql: postgres.Sql;
  readonly lane: Lane;
  readonly superseded: (marker: string) => void;
}

/** A condition that holds for these interactions. */
const among = (sql: postgres.Sql, known: readonly Known[]) =>
  sql`external_id = any(string_to_array(${known.map(({ k }) => externalId(k)).join()}::text, ','))`;
const isSpoken = ({ k }: Known): boolean => channelOf(k) === "chat";
const isWritten = (known: Known): boolean => !isSpoken(known);
const isEditable = (known: Known): boolean => isWritten(known) && !isWordless(known.k);

/** Gives rows the content of the versions that they are at. */
async function put(sql: postgres.Sql, known: readonly Known[]): Promise<void> {
  const rows = known.map(({ k, version }) => ({ external_id: externalId(k), ...contentOf(k, version) }));
  await sql`
    update public.interactions i set text = v.text, rating = v.rating, updated_at = now()
    from jsonb_to_recordset(${sql.json(rows)}) v(external_id text, text text, rating int)
    where i.external_id = v.external_id`;
}

const renew = (known: Known): void => {
  known.newest += 1;
  known.version = known.newest;
};

/** New content, by one statement. */
export async function edit({ sql, lane, superseded }: Tools): Promise<void> {
  const known = lane.some(8, isWritten);
  const before = known.map(({ k, version }) => markerOf(k, version));
  for (const one of known) renew(one);
  await put(sql, known);
  for (const marker of before) superseded(marker);
}

/** Other content, and after a moment what was there before. */
export async function flap({ sql, lane }: Tools): Promise<void> {
  for (const one of lane.some(1, isEditable)) {
    const before = one.version;
    renew(one);
    await put(sql, [one]);
    await delay(lane.draw.below(60));
    one.version = before;
    await put(sql, [one]);
  }
}

/** Three changes in a row. */
export async function burst({ sql, lane }: Tools): Promise<void> {
  for (const one of lane.some(2, isEditable)) {
    for (let n = 0; n < 3; n += 1) {
      renew(one);
      await put(sql, [one]);
    }
  }
}

export async function close({ sql, lane, superseded }: Tools): Promise<void> {
  const known = lane.some(5);
  await (lane.draw.chance(0.5)
    ? sql`update public.interactions set status = 'responded' where ${among(sql, known)}`
    : sql`update public.interactions set needs_response = false where ${among(sql, known)}`);
  for (const one of known) {
    one.closed = true;
    superseded(markerOf(one.k, one.version));
  }
}

export async function reopen({ sql, lane }: Tools): Promise<void> {
  const known = lane.some(8, (one) => one.closed);
  await sql`
    update public.interactions set status = 'open', needs_response = true where ${among(sql, known)}`;
  for (const one of known) one.closed = false;
}

export async function remove({ sql, lane, superseded }: Tools): Promise<void> {
  const known = lane.some(3);
  lane.drop(known);
  await sql`delete from public.interactions where ${among(sql, known)}`;
  for (const { k, version } of known) superseded(markerOf(k, version));
}

/** An ingest that knows nothing of predraft writes the whole document. */
export async function overwrite({ sql, lane }: Tools): Promise<void> {
  await sql`
    update public.interactions set extra_data = ${sql.json({ synced: lane.draw.below(1_000) })}
    where ${among(sql, lane.some(12))}`;
}

/** A snapshot is read, and written back when the content may be another. */
export async function writeBack({ sql, lane }: Tools): Promise<void> {
  for (const one of lane.some(1)) {
    const [row] =
      await sql`select extra_data::text as doc from public.interactions where external_id = ${externalId(one.k)}`;
    if (isEditable(one) && lane.draw.chance(0.5)) {
      renew(one);
      await put(sql, [one]);
    }
    await delay(lane.draw.below(200));
    await sql`
      update public.interactions set extra_data = ${row?.["doc"] ?? null}::text::jsonb where external_id = ${externalId(one.k)}`;
  }
}

/** Asks for a new draft by JSON null. */
export async function clear({ sql, lane }: Tools): Promise<void> {
  await sql`
    update public.interactions set extra_data = coalesce(extra_data, '{}') || '{"last_ai_draft": null}'
    where ${among(sql, lane.some(3))}`;
}

/** Another program's draft, without a hash. */
export async function hostDraft({ sql, lane }: Tools): Promise<void> {
  const text = `Ответ другой программы ${spelled(lane.draw.below(1e9))}`;
  await sql`
    update public.interactions
    set extra_data = coalesce(extra_data, '{}') || jsonb_build_object('last_ai_draft', jsonb_build_object('text', ${text}::text))
    where ${among(sql, lane.some(2))}`;
}

export async function prioritise({ sql, lane }: Tools): Promise<void> {
  await sql`
    update public.interactions set priority = ${lane.draw.one(priorities)} where ${among(sql, lane.some(10))}`;
}

/** Lines of a chat: the buyer's, the seller's, and such as arrive late. */
export async function say({ sql, lane, superseded }: Tools): Promise<void> {
  for (const one of lane.some(3, isSpoken)) {
    const before = markerOf(one.k, one.version);
    const kind = lane.draw.weighted({ in: 7, out: 2, late: 1 });
    one.newest += 1;
    const text =
      kind === "out" ? "Добрый день! Сейчас посмотрим." : `Когда ждать? ${markerOf(one.k, one.newest)}`;
    await sql`
      insert into public.messages (interaction_id, external_id, direction, text, sent_at)
      select i.id, ${`m-${one.newest}`}, ${kind === "out" ? "out" : "in"}, ${text},
        clock_timestamp() - ${kind === "late" ? "1 hour" : "0"}::interval
      from public.interactions i where i.external_id = ${externalId(one.k)}
      on conflict do nothing`;
    if (kind === "late") continue;
    if (kind === "in") one.version = one.newest;
    one.closed = kind === "out";
    superseded(before);
  }
}

/** An operator opens interactions. */
export async function ask({ sql, lane }: Tools): Promise<void> {
  await sql`
    select predraft.request_draft(i.id) from public.interactions i where ${among(sql, lane.some(2))}`;
}

/** Re-ingests what is there already. */
export async function rewrite({ sql, lane }: Tools): Promise<void> {
  await sql`
    update public.interactions set text = text, rating = rating, extra_data = extra_data, updated_at = now()
    where ${among(sql, lane.some(40))}`;
}
