import { z } from "zod";
import type { Sql } from "../../db/client/connect.ts";
import type { Provider } from "../llm/provider.ts";
import type { Trigger } from "./trigger.ts";

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
    /** The last line of a chat's thread is the seller's, and the interaction mirrors that line. */
    answered: z.boolean(),
    ageSeconds: z.number().nullable(),
    hash: z.string(),
  }),
  /** More of the interaction for each row in the history, beside id, seller and content; see `predraft.same_life`. */
  identity: z.object({
    external_id: z.string().nullable(),
    thread: z.string().nullable(),
    seen_marks: z.array(z.string()).nullable(),
  }),
  draft: standingDraft.nullable(),
  thread: z.array(
    z.object({
      direction: z.enum(["in", "out"]).catch("in"),
      text: z.string(),
      sent_at: z.string(),
      /** The message's number in the whole thread, from 1. */
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
  /** The settings that drop jobs, as they act in the database at this instant. */
  settings: z.object({ pregenerate: z.boolean(), maxAgeDays: z.number() }),
  /** The history's newest draft for exactly this content; `overdue`: paid for, newer than the standing one, not yet shown. */
  restorable: z
    .object({ draftId: id, source: z.string(), promptVersion: z.string().nullable(), overdue: z.boolean() })
    .nullable(),
  /** The model to be asked declines this content. */
  refused: z.boolean(),
  /** Every worker died on this content. */
  poisoned: z.boolean(),
  /** How the limits count a call for this trigger; see `predraft.call_kind`. */
  callKind: z.enum(["demand", "urgent", "normal"]),
  /**
   * The limit that stops such a call, by settings and usage at this instant; null: none. `until` is in milliseconds since 1970, by
   * the server's clock.
   */
  limit: z
    .object({ why: z.enum(["daily_limit", "provider", "cycle"]), until: z.number(), forMs: z.number() })
    .nullable(),
  /** How long to leave a chat alone while its buyer may still be typing; null: not at all. */
  debouncedForMs: z.number().nullable(),
});

/** Everything about an interaction that a verdict and a prompt need. `draft` is null if the standing draft is not fresh. */
export type DraftContext = z.infer<typeof draftContext>;

/** The model to be asked. */
type Asked = Pick<Provider, "name" | "model">;

/** Loads an interaction's context in one query; null if the interaction is gone. */
export async function loadContext(
  sql: Sql,
  interactionId: string,
  { provider, trigger }: { readonly provider: Asked; readonly trigger: Trigger },
): Promise<DraftContext | null> {
  const [row] = await sql<{ context: unknown }[]>`
    select predraft.draft_context(${interactionId}, ${provider.name}, ${trigger}, ${provider.model}) as context`;
  return row?.context == null ? null : draftContext.parse(row.context);
}
