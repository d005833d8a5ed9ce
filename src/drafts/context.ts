import { z } from "zod";
import type { Sql } from "../../db/client/connect.ts";

const id = z.union([z.number(), z.string()]).transform(String);

const standingDraft = z.object({
  draft_id: z.union([z.number(), z.string()]).nullable().catch(null),
  provisional: z.boolean().catch(false),
  fallback_reason: z.string().nullable().catch(null),
  source: z.string().catch("host"),
  prompt_version: z.string().nullable().catch(null),
});

const draftContext = z.object({
  interaction: z.object({
    id,
    sellerId: id,
    marketplace: z.string().nullable(),
    channel: z.enum(["review", "question", "chat"]).catch("chat"),
    rating: z.number().nullable(),
    text: z.string().nullable(),
    subject: z.string().nullable(),
    customerName: z.string().nullable(),
    orderId: z.string().nullable(),
    priority: z.enum(["urgent", "high", "normal", "low"]),
    lastMessageText: z.string().nullable(),
    open: z.boolean(),
    holds: z.boolean(),
    ageSeconds: z.number().nullable(),
    hash: z.string(),
  }),
  draft: standingDraft.nullable(),
  thread: z.array(
    z.object({
      direction: z.enum(["in", "out"]).catch("in"),
      text: z.string(),
      sent_at: z.string(),
      /** Its number in the whole thread, from 1. */
      nth: z.number(),
    }),
  ),
  product: z
    .object({ name: z.string().nullable(), attributes: z.record(z.string(), z.unknown()).catch({}) })
    .nullable(),
  productName: z.string().nullable(),
  seller: z.object({
    enabled: z.boolean(),
    tone: z.enum(["formal", "neutral", "friendly"]),
    signature: z.string().nullable(),
    ownRules: z.string().nullable(),
  }),
  /**
   * What decides whether a job is dropped, as it acts in the database at this instant: a process that heard of a change late would drop
   * work that nobody enqueues again.
   */
  settings: z.object({ pregenerate: z.boolean(), maxAgeDays: z.number() }),
  /** The newest draft of the history for exactly this content; `overdue`: paid for, newer than what stands, not yet shown. */
  restorable: z
    .object({ draftId: id, source: z.string(), promptVersion: z.string().nullable(), overdue: z.boolean() })
    .nullable(),
  /** This content ended its worker each time. */
  poisoned: z.boolean(),
  /** What the seller has used of its windows. Ends are by the server's clock, in milliseconds since 1970. */
  usage: z.object({
    dayCalls: z.number(),
    cycleCalls: z.number(),
    cycleUrgent: z.number(),
    dayEndsAt: z.number(),
    dayEndsInMs: z.number(),
    cycleEndsAt: z.number(),
    cycleEndsInMs: z.number(),
  }),
  /** A chat whose buyer may still be typing is left alone for so long. */
  debouncedForMs: z.number().nullable(),
  pausedForMs: z.number().nullable(),
});

/** An interaction with all that a verdict and a prompt need. `draft` is the standing draft only where it is fresh. */
export type DraftContext = z.infer<typeof draftContext>;

/** Loads it in one query; null where the interaction is gone. */
export async function loadContext(
  sql: Sql,
  interactionId: string,
  provider: string,
): Promise<DraftContext | null> {
  const [row] = await sql<{ context: unknown }[]>`
    select predraft.draft_context(${interactionId}, ${provider}) as context`;
  return row?.context == null ? null : draftContext.parse(row.context);
}
