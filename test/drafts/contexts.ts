import type { DraftContext } from "../../src/drafts/context.ts";
import type { Circumstances } from "../../src/drafts/decide.ts";

/** An open question without a draft, of an ordinary seller; a test changes what it is about. */
export function context(
  over: Partial<Omit<DraftContext, "interaction">> & {
    interaction?: Partial<DraftContext["interaction"]>;
  } = {},
): DraftContext {
  const { interaction, ...rest } = over;
  return {
    interaction: {
      id: "1",
      sellerId: "1",
      marketplace: "wildberries",
      channel: "question",
      rating: null,
      text: "Подойдёт ли чехол?",
      subject: null,
      customerName: null,
      orderId: null,
      priority: "normal",
      lastMessageText: null,
      open: true,
      holds: true,
      ageSeconds: 60,
      hash: "h",
      ...interaction,
    },
    draft: null,
    thread: [],
    product: null,
    productName: null,
    seller: { enabled: true, tone: "neutral", signature: null, ownRules: null },
    restorable: null,
    poisoned: false,
    usage: {
      dayCalls: 0,
      cycleCalls: 0,
      cycleUrgent: 0,
      dayEndsAt: Date.parse("2026-11-20T21:00:00Z"),
      dayEndsInMs: 39_600_000,
      cycleEndsAt: Date.parse("2026-11-20T10:05:00Z"),
      cycleEndsInMs: 300_000,
    },
    debouncedForMs: null,
    pausedForMs: null,
    ...rest,
  };
}

/** A pre-generation with everything switched on and a remote provider. */
export function circumstances(over: Partial<Circumstances> = {}): Circumstances {
  return {
    trigger: "pregenerate",
    attemptsSpent: false,
    pregenerateEnabled: true,
    llmEnabled: true,
    maxAgeDays: 30,
    limits: { cycle: 20, urgentBurst: 3, daily: 200 },
    remoteProvider: true,
    providerDown: false,
    ...over,
  };
}

const llm = { source: "llm", provisional: false, fallback_reason: null };

/** Drafts that can stand beside an interaction. */
export const drafts = {
  llm,
  host: { ...llm, source: "host" },
  offline: { ...llm, source: "offline" },
  rating: { ...llm, source: "fallback" },
  fallback: (fallback_reason: string) => ({ source: "fallback", provisional: true, fallback_reason }),
} as const;
