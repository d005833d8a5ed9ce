import { type Client, show } from "./rows.ts";

/** Limits as the settings say them; 0 is none, except for the daily one. */
export interface Limits {
  readonly delayMs?: number;
  readonly cycle?: number;
  readonly burst?: number;
  readonly daily?: number;
  readonly global?: number;
}

/** What is asked of `predraft.reserve_call`, and the limits that act meanwhile. */
export interface Ask extends Limits {
  readonly seller?: number;
  readonly hash?: string;
  readonly worker?: number;
  readonly provider?: string;
  readonly kind?: "normal" | "urgent" | "demand";
  readonly forced?: boolean;
  readonly paid?: boolean;
}

/** The answer of `predraft.reserve_call`. */
export interface Reservation {
  readonly verdict: string;
  readonly until: Date | null;
  readonly claim: string | null;
  readonly why: string | null;
}

/** Makes these limits act, as if a host had set them; no limit but those that are named. Writes nothing if they act already. */
export async function setLimits(sql: Client, limits: Limits): Promise<void> {
  const values = {
    ai_draft_delay_seconds: (limits.delayMs ?? 0) / 1_000,
    ai_draft_batch_size: limits.cycle ?? 0,
    ai_draft_urgent_burst: limits.burst ?? 0,
    ai_draft_daily_limit: limits.daily ?? 1_000_000,
    ai_draft_global_concurrency: limits.global ?? 0,
  };
  await sql`
    insert into predraft.settings as s (key, value)
    select w.key, w.value from jsonb_each_text(${sql.json(values)}) w
    where predraft.setting(w.key)::numeric <> w.value::numeric
    order by w.key
    on conflict on constraint settings_pkey do update set value = excluded.value`;
}

/** Reserves a call for an interaction's content as it is, with no limit but those asked for. */
export async function reserve(sql: Client, id: string, ask: Ask = {}): Promise<Reservation> {
  await setLimits(sql, ask);
  return await reserveNow(sql, id, ask);
}

/** Reserves a call under the limits as they are set. */
export async function reserveNow(
  sql: Client,
  id: string,
  ask: Omit<Ask, keyof Limits> = {},
): Promise<Reservation> {
  const hash = ask.hash ?? (await show(sql, id)).hash;
  const [row] = await sql`
    select verdict, until, claim, why from predraft.reserve_call(
      ${id}, ${hash}, ${ask.seller ?? 1}, ${ask.worker ?? 1}, ${ask.provider ?? "p"}, ${ask.kind ?? "normal"},
      ${ask.forced ?? false}, ${ask.paid ?? true})`;
  return row as unknown as Reservation;
}

/** Drops a claim, by default as of a call that was billed and saved nothing. */
export async function release(
  sql: Client,
  claim: string | null,
  { saved = false, refund = false }: { saved?: boolean; refund?: boolean } = {},
): Promise<void> {
  await sql`select predraft.release_call(${claim}, ${saved}, ${refund})`;
}

/** What is charged to a seller in all windows together. */
export async function charged(
  sql: Client,
  seller = 1,
): Promise<{ day: number; cycle: number; urgent: number }> {
  const [row] = await sql`
    select coalesce(sum(calls) filter (where win = 'day'), 0)::int as day,
      coalesce(sum(calls) filter (where win = 'cycle'), 0)::int as cycle,
      coalesce(sum(urgent), 0)::int as urgent
    from predraft.seller_usage where seller_id = ${seller}`;
  return { day: row?.["day"], cycle: row?.["cycle"], urgent: row?.["urgent"] };
}
