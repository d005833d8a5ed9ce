import type { Channel } from "../domain/brief.ts";
import type { DraftContext } from "./context.ts";
import type { Trigger } from "./trigger.ts";

/** Why a fallback is provisional. Each reason goes away by itself, except `poison`, and `refused` as long as the model is the same. */
export type FallbackReason =
  | "llm_off"
  | "daily_limit"
  | "waiting"
  | "provider_down"
  | "refused"
  | "failed"
  | "poison";

type SkipReason =
  | "gone"
  | "closed"
  | "answered"
  | "unholdable"
  | "fresh"
  | "poison"
  | "refused"
  | "pregenerate_off"
  | "seller_off"
  | "too_old"
  | "provisional_kept";

export type Verdict =
  | { readonly kind: "skip"; readonly reason: SkipReason }
  | { readonly kind: "restore"; readonly reason: "history"; readonly draftId: string }
  | { readonly kind: "fallback"; readonly reason: "rating_only" | Exclude<FallbackReason, "daily_limit"> }
  | { readonly kind: "fallback"; readonly reason: "daily_limit"; readonly wait: Wait }
  | { readonly kind: "wait"; readonly reason: "provider" | "cycle" | "debounce"; readonly wait: Wait }
  | { readonly kind: "generate"; readonly reason: "wanting" | "upgrade" | "asked" };

/** The verdicts of a limit. */
export type Refusal =
  | Extract<Verdict, { kind: "wait" }>
  | Extract<Verdict, { kind: "fallback"; reason: "daily_limit" }>;

type Limit = NonNullable<DraftContext["limit"]>;

/** A wait's length and end. */
export interface Wait {
  readonly forMs: number;
  /** The end of a window by the server's clock, if the wait has one; all jobs that wait for this window wait for the same instant. */
  readonly until?: Date;
}

/** What a verdict depends on besides the interaction. */
export interface Circumstances {
  readonly trigger: Trigger;
  /** The last attempt has failed: this job makes no further call. */
  readonly attemptsSpent: boolean;
  readonly llmEnabled: boolean;
  /** True if the configured provider is a paid, remote one; offline drafts are provisional then. */
  readonly remoteProvider: boolean;
  /** The current version of each channel's prompt. */
  readonly promptVersions: Readonly<Record<Channel, string>>;
  /** True if this process found every provider down or misconfigured, and must not try one again yet. */
  readonly providerDown: boolean;
}

/** The longest wait that is slept in the slot; for a longer one the job is parked or given back. */
export const longestSleepMs = 5_000;
/** The pause before a backfill looks again whether an outage is over. */
const outageMs = 300_000;

const skip = (reason: SkipReason): Verdict => ({ kind: "skip", reason });

/** Decides what to do with an interaction, and why. Pure: the same context and circumstances give the same verdict. */
export function decide(context: DraftContext | null, circumstances: Circumstances): Verdict {
  return (
    notWanted(context, circumstances) ??
    withoutModel(context as DraftContext, circumstances) ??
    withModel(context as DraftContext, circumstances)
  );
}

/** Tells whether a better draft must replace the standing one. */
function isProvisional(draft: NonNullable<DraftContext["draft"]>, remoteProvider: boolean): boolean {
  return draft.provisional || (draft.source === "offline" && remoteProvider);
}

/** Tells whether a backfill must replace the standing draft: a model's, by an older prompt. */
function isOutdated({ draft, interaction }: DraftContext, c: Circumstances): boolean {
  return (
    c.trigger === "backfill" &&
    c.remoteProvider &&
    draft !== null &&
    draft.source === "llm" &&
    !draft.provisional &&
    draft.prompt_version !== c.promptVersions[interaction.channel]
  );
}

function notWanted(context: DraftContext | null, c: Circumstances): Verdict | undefined {
  if (context === null) return skip("gone");
  const { interaction, draft } = context;
  if (!interaction.open) return skip("closed");
  if (!interaction.holds) return skip("unholdable");
  if (c.trigger === "force") return undefined;
  const final = draft !== null && !isProvisional(draft, c.remoteProvider);
  if (final && !context.restorable?.overdue && !isOutdated(context, c)) return skip("fresh");
  if (c.trigger === "on_demand") return undefined;
  if (interaction.answered) return skip("answered");
  if (!context.settings.pregenerate) return skip("pregenerate_off");
  if (!context.seller.enabled) return skip("seller_off");
  const isOld =
    interaction.ageSeconds !== null && interaction.ageSeconds > context.settings.maxAgeDays * 86_400;
  return isOld && c.trigger !== "backfill" ? skip("too_old") : undefined;
}

function withoutModel(context: DraftContext, c: Circumstances): Verdict | undefined {
  const { interaction, draft, restorable } = context;
  const forced = c.trigger === "force";
  const fallback = (reason: Exclude<FallbackReason, "daily_limit">): Verdict =>
    draft !== null && (!draft.provisional || draft.fallback_reason === reason)
      ? skip(reason === "poison" || reason === "refused" ? reason : "provisional_kept")
      : { kind: "fallback", reason };

  if (!forced && restorable !== null && isGoodEnough(restorable, context, c)) {
    return { kind: "restore", reason: "history", draftId: restorable.draftId };
  }
  if (context.poisoned && !forced) return fallback("poison");
  if (interaction.channel === "review" && !interaction.text?.trim())
    return { kind: "fallback", reason: "rating_only" };
  if (!c.llmEnabled) return fallback("llm_off");
  if (context.refused && !forced) return fallback("refused");
  if (c.providerDown) {
    // The end of an outage only upgrades provisional drafts, so an older prompt's draft or an old row must wait here.
    return c.trigger === "backfill"
      ? { kind: "wait", reason: "provider", wait: { forMs: outageMs } }
      : fallback("provider_down");
  }
  if (c.attemptsSpent) return fallback("failed");
  return undefined;
}

/** Tells whether the history's draft is as good as a new one. */
function isGoodEnough(
  { source, promptVersion, overdue }: NonNullable<DraftContext["restorable"]>,
  context: DraftContext,
  c: Circumstances,
): boolean {
  if (source === "offline" && c.remoteProvider) return false;
  return (
    !isOutdated(context, c) || overdue || promptVersion === c.promptVersions[context.interaction.channel]
  );
}

function withModel(context: DraftContext, c: Circumstances): Verdict {
  const asked = c.trigger === "force" || c.trigger === "on_demand";
  return (
    (asked ? undefined : notYet(context)) ??
    (c.remoteProvider && context.limit !== null ? refusalBy(context.limit) : undefined) ?? {
      kind: "generate",
      reason: asked ? "asked" : context.draft === null ? "wanting" : "upgrade",
    }
  );
}

/** Waits for a buyer who is still writing. */
function notYet({ debouncedForMs }: DraftContext): Verdict | undefined {
  return debouncedForMs === null
    ? undefined
    : { kind: "wait", reason: "debounce", wait: { forMs: debouncedForMs } };
}

/** The verdict for a limit. The database names the limit when it reads a context and when it reserves a call. */
export function refusalBy({ why, forMs, until }: Limit): Refusal {
  const wait = { forMs, until: new Date(until) };
  switch (why) {
    case "daily_limit":
      return { kind: "fallback", reason: why, wait };
    case "cycle":
      return { kind: "wait", reason: why, wait };
    case "provider":
      return { kind: "wait", reason: why, wait: { forMs } };
  }
}
