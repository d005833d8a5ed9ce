import type { Sql } from "../../db/client/connect.ts";
import type { HostMapping } from "../../db/host/mapping.ts";
import { isIncoming } from "../../db/migrate/render/lookups.ts";
import { qualified, quote } from "../../db/migrate/render/quote.ts";

/** Lines that a person is shown. */
const shownLines = 6;

/** One line of a thread, as it will be read. */
export interface SampledLine {
  readonly isBuyer: boolean;
  readonly text: string;
}

/**
 * The latest lines of a recent thread, oldest first: one in which both sides wrote, if there is one. Empty if the host has no
 * messages, or if they could not be read within 5 s.
 */
export async function readSampleThread(sql: Sql, { messages }: HostMapping): Promise<SampledLine[]> {
  if (messages === null) return [];
  const { table, thread, direction, text, sent_at: sentAt, filter } = messages;
  const isBuyer =
    typeof direction === "string" ? isIncoming(messages, quote(direction)) : `(${direction.sql}) is true`;
  try {
    const lines = await sql.begin(async (tx) => {
      await tx`set local statement_timeout = '5s'`;
      return await tx.unsafe<SampledLine[]>(`
        with recent as materialized (
          select ${quote(thread.column)} as thread, ${isBuyer} as is_buyer, ${quote(text)}::text as text, ${quote(sentAt)} as sent_at
          from ${qualified(table)} where ${quote(thread.column)} is not null and ${quote(text)} is not null
            and ${filter === undefined ? "true" : `(${filter.sql})`}
          order by ${quote(sentAt)} desc nulls last limit 2000
        ),
        chosen as (
          select r.thread from recent r group by 1
          order by bool_or(r.is_buyer) and not bool_and(r.is_buyer) desc, max(r.sent_at) desc limit 1
        )
        select coalesce(r.is_buyer, false) as "isBuyer", left(r.text, 200) as text
        from recent r join chosen c on c.thread = r.thread order by r.sent_at desc limit ${shownLines}`);
    });
    return [...lines].reverse();
  } catch {
    return [];
  }
}

/** A person on a terminal sees the words; what may end in a log says how long they are. */
export const describeLines = (lines: readonly SampledLine[], isPrivate: boolean): string[] =>
  lines.map(({ isBuyer, text }) => {
    const flat = text.replaceAll(/\s+/gu, " ").trim();
    const shown = flat.length > 60 ? `${flat.slice(0, 59)}…` : flat;
    return `${isBuyer ? "buyer " : "seller"}  ${isPrivate ? shown : `(${flat.length} characters)`}`;
  });
