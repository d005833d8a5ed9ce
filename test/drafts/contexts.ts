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
      answered: false,
      ageSeconds: 60,
      hash: "h",
      ...interaction,
    },
    identity: { external_id: "e-1", thread: null, seen_marks: null },
    draft: null,
    thread: [],
    product: null,
    productName: null,
    seller: { enabled: true, tone: "neutral", signature: null, ownRules: null },
    settings: { pregenerate: true, maxAgeDays: 30 },
    restorable: null,
    poisoned: false,
    refused: false,
    callKind: "normal",
    limit: null,
    debouncedForMs: null,
    ...rest,
  };
}

/** A pre-generation with everything switched on and a remote provider. */
export function circumstances(over: Partial<Circumstances> = {}): Circumstances {
  return {
    trigger: "pregenerate",
    attemptsSpent: false,
    llmEnabled: true,
    remoteProvider: true,
    promptVersions: { review: "r-2", question: "q-2", chat: "c-2" },
    providerDown: false,
    ...over,
  };
}

const llm = {
  draft_id: 5,
  source: "llm",
  provisional: false,
  fallback_reason: null,
  prompt_version: "q-2",
};

/** Drafts that can stand beside an interaction. */
export const drafts = {
  llm,
  older: { ...llm, prompt_version: "q-1" },
  host: { ...llm, source: "host", prompt_version: null },
  offline: { ...llm, source: "offline" },
  rating: { ...llm, source: "fallback", prompt_version: null },
  fallback: (fallback_reason: string) => ({
    ...llm,
    source: "fallback",
    provisional: true,
    fallback_reason,
    prompt_version: null,
  }),
} as const;
