import { type Client, show } from "./rows.ts";

/** What a call asks of `predraft.reserve_call`; limits of 0 are none, except the daily one. */
export interface SendChat {
  readonly seller?: number;
  readonly hash?: string;
  readonly worker?: number;
  readonly provider?: string;
  readonly kind?: "normal" | "urgent" | "demand";
  readonly forced?: boolean;
  readonly paid?: boolean;
  readonly delayMs?: number;
  readonly cycle?: number;
  readonly burst?: number;
  readonly daily?: number;
  readonly global?: number;
}

/** The answer of `predraft.reserve_call`. */
export interface Reservation {
  readonly verdict: string;
  readonly until: Date | null;
  readonly claim: string | null;
  readonly why: string | null;
}

/** Reserves a call for an interaction's content as it is, with no limit but those asked for. */
export async function reserve(sql: Client, id: string, ask: SendChat = {}): Promise<Reservation> {
  const hash = ask.hash ?? (await show(sql, id)).hash;
  const [row] = await sql`
    select verdict, until, claim, why from predraft.reserve_call(
      ${id}, ${hash}, ${ask.seller ?? 1}, ${ask.worker ?? 1}, ${ask.provider ?? "p"}, ${ask.kind ?? "normal"},
      ${ask.forced ?? false}, ${ask.paid ?? true}, ${ask.delayMs ?? 0} * interval '1 millisecond',
      ${ask.cycle ?? 0}, ${ask.burst ?? 0}, ${ask.daily ?? 1_000_000}, ${ask.global ?? 0})`;
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
