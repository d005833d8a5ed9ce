import type { DraftContext } from "../../src/drafts/context.ts";
import type { Circumstances, Verdict } from "../../src/drafts/decide.ts";
import { context, drafts } from "./contexts.ts";

/** A situation in words, what differs from an open question and an ordinary pre-generation, and the verdict. */
export type Case = readonly [
  situation: string,
  context: Parameters<typeof context>[0] | null,
  circumstances: Partial<Circumstances>,
  verdict: Verdict,
];

const skip = (reason: Extract<Verdict, { kind: "skip" }>["reason"]): Verdict => ({ kind: "skip", reason });
const fallback = (
  reason: Exclude<Extract<Verdict, { kind: "fallback" }>["reason"], "daily_limit">,
): Verdict => ({ kind: "fallback", reason });
const generate = (reason: Extract<Verdict, { kind: "generate" }>["reason"]): Verdict => ({
  kind: "generate",
  reason,
});
const restore: Verdict = { kind: "restore", reason: "history", draftId: "7" };
const wait: Verdict = { kind: "wait", reason: "provider", wait: { forMs: 6_000 } };
const paused = { limit: { why: "provider", until: 0, forMs: 6_000 } } as const;

const kept: DraftContext["restorable"] = {
  draftId: "7",
  source: "llm",
  promptVersion: "q-1",
  overdue: false,
};
const keptOffline: DraftContext["restorable"] = { ...kept, source: "offline" };
const off = { settings: { ...context().settings, pregenerate: false } };
const day = 86_400;
const rating = { channel: "review", rating: 5, text: " \n" } as const;

/** Every verdict and every reason of it. */
export const cases: readonly Case[] = [
  // Not to be drafted at all, whoever asks
  ["it was deleted", null, {}, skip("gone")],
  ["it was deleted, and is forced", null, { trigger: "force" }, skip("gone")],
  ["it is closed", { interaction: { open: false } }, {}, skip("closed")],
  ["it is closed, and is forced", { interaction: { open: false } }, { trigger: "force" }, skip("closed")],
  ["its document is no object", { interaction: { holds: false } }, {}, skip("unholdable")],
  [
    "its document is no object, forced",
    { interaction: { holds: false } },
    { trigger: "force" },
    skip("unholdable"),
  ],

  // A draft stands
  ["a model's draft stands", { draft: drafts.llm }, {}, skip("fresh")],
  ["another writer's draft stands", { draft: drafts.host }, {}, skip("fresh")],
  ["a rating's final fallback stands", { draft: drafts.rating }, {}, skip("fresh")],
  ["a model's draft stands, asked on demand", { draft: drafts.llm }, { trigger: "on_demand" }, skip("fresh")],
  ["a model's draft stands, forced", { draft: drafts.llm }, { trigger: "force" }, generate("asked")],
  [
    "an offline draft stands, no remote provider",
    { draft: drafts.offline },
    { remoteProvider: false },
    skip("fresh"),
  ],
  ["an offline draft stands, a remote provider came", { draft: drafts.offline }, {}, generate("upgrade")],
  ["a fallback from an outage stands", { draft: drafts.fallback("provider_down") }, {}, generate("upgrade")],
  ["a fallback from a limit stands", { draft: drafts.fallback("daily_limit") }, {}, generate("upgrade")],

  // Pre-generation is not wanted
  ["pre-generation is off", off, {}, skip("pregenerate_off")],
  ["pre-generation is off, on demand", off, { trigger: "on_demand" }, generate("asked")],
  ["pre-generation is off, forced", off, { trigger: "force" }, generate("asked")],
  ["the seller is off", { seller: { ...context().seller, enabled: false } }, {}, skip("seller_off")],
  [
    "the seller is off, on demand",
    { seller: { ...context().seller, enabled: false } },
    { trigger: "on_demand" },
    generate("asked"),
  ],
  ["it is too old", { interaction: { ageSeconds: 30 * day + 1 } }, {}, skip("too_old")],
  ["it is just not too old", { interaction: { ageSeconds: 30 * day } }, {}, generate("wanting")],
  ["its age is not known", { interaction: { ageSeconds: null } }, {}, generate("wanting")],
  [
    "it is too old, on demand",
    { interaction: { ageSeconds: 31 * day } },
    { trigger: "on_demand" },
    generate("asked"),
  ],

  // The seller's own words
  ["its last line is the seller's own", { interaction: { answered: true } }, {}, skip("answered")],
  [
    "its last line is the seller's own, after an outage",
    { interaction: { answered: true } },
    { trigger: "upgrade" },
    skip("answered"),
  ],
  [
    "its last line is the seller's own, on demand",
    { interaction: { answered: true } },
    { trigger: "on_demand" },
    generate("asked"),
  ],

  // The history holds it
  ["the history holds a model's draft", { restorable: kept }, {}, restore],
  ["the history holds one, model off", { restorable: kept }, { llmEnabled: false }, restore],
  ["the history holds one, attempts spent", { restorable: kept }, { attemptsSpent: true }, restore],
  ["the history holds one, provider paused", { restorable: kept, ...paused }, {}, restore],
  [
    "the history holds one over a fallback",
    { restorable: kept, draft: drafts.fallback("failed") },
    {},
    restore,
  ],
  ["the history holds one, poisoned since", { restorable: kept, poisoned: true }, {}, restore],
  [
    "a newer paid draft was not shown yet",
    { restorable: { ...kept, overdue: true }, draft: drafts.llm },
    {},
    restore,
  ],
  ["the history holds one, on demand", { restorable: kept }, { trigger: "on_demand" }, restore],
  ["the history holds one, forced", { restorable: kept }, { trigger: "force" }, generate("asked")],
  [
    "the history holds an offline one, no remote provider",
    { restorable: keptOffline },
    { remoteProvider: false },
    restore,
  ],
  [
    "the history holds an offline one only, remote provider",
    { restorable: keptOffline },
    {},
    generate("wanting"),
  ],

  // Without a model
  ["a rating without text", { interaction: rating }, {}, fallback("rating_only")],
  [
    "a rating without text, model off",
    { interaction: rating },
    { llmEnabled: false },
    fallback("rating_only"),
  ],
  ["a rating without text, forced", { interaction: rating }, { trigger: "force" }, fallback("rating_only")],
  ["a question without text", { interaction: { text: null } }, {}, generate("wanting")],
  ["the model is off", {}, { llmEnabled: false }, fallback("llm_off")],
  ["the model is off, on demand", {}, { llmEnabled: false, trigger: "on_demand" }, fallback("llm_off")],
  [
    "the model is off, said already",
    { draft: drafts.fallback("llm_off") },
    { llmEnabled: false },
    skip("provisional_kept"),
  ],
  [
    "the model is off, another reason stands",
    { draft: drafts.fallback("failed") },
    { llmEnabled: false },
    fallback("llm_off"),
  ],
  [
    "the model is off, an offline draft stands",
    { draft: drafts.offline },
    { llmEnabled: false },
    skip("provisional_kept"),
  ],
  [
    "the model is off, forced over a model's draft",
    { draft: drafts.llm },
    { llmEnabled: false, trigger: "force" },
    skip("provisional_kept"),
  ],
  ["all providers are down", {}, { providerDown: true }, fallback("provider_down")],
  ["all are down, on demand", {}, { providerDown: true, trigger: "on_demand" }, fallback("provider_down")],
  [
    "all are down, and that was the last attempt",
    {},
    { providerDown: true, attemptsSpent: true },
    fallback("provider_down"),
  ],
  [
    "all are down, something that waits stands",
    { draft: drafts.fallback("waiting") },
    { providerDown: true },
    fallback("provider_down"),
  ],
  [
    "all are down, said already",
    { draft: drafts.fallback("provider_down") },
    { providerDown: true, trigger: "upgrade" },
    skip("provisional_kept"),
  ],
  [
    "all are down, forced over a model's draft",
    { draft: drafts.llm },
    { providerDown: true, trigger: "force" },
    skip("provisional_kept"),
  ],
  ["all are down, history has it", { restorable: kept }, { providerDown: true }, restore],
  ["all are down, a rating", { interaction: rating }, { providerDown: true }, fallback("rating_only")],
  ["all are down, the model is off", {}, { providerDown: true, llmEnabled: false }, fallback("llm_off")],
  ["the attempts are spent", {}, { attemptsSpent: true }, fallback("failed")],
  [
    "the attempts are spent, behind the outage's fallback",
    { draft: drafts.fallback("provider_down") },
    { attemptsSpent: true },
    fallback("failed"),
  ],
  [
    "the attempts are spent again",
    { draft: drafts.fallback("failed") },
    { attemptsSpent: true },
    skip("provisional_kept"),
  ],

  // Poison
  ["this content was poison before", { poisoned: true }, {}, fallback("poison")],
  [
    "this content was poison, and says so",
    { poisoned: true, draft: drafts.fallback("poison") },
    {},
    skip("poison"),
  ],
  [
    "this content was poison, on demand",
    { poisoned: true, draft: drafts.fallback("poison") },
    { trigger: "on_demand" },
    skip("poison"),
  ],
  [
    "this content was poison, forced",
    { poisoned: true, draft: drafts.fallback("poison") },
    { trigger: "force" },
    generate("asked"),
  ],

  // What the model declines
  ["the model declines this content", { refused: true }, {}, fallback("refused")],
  [
    "the model declines this content, while it is down",
    { refused: true },
    { providerDown: true },
    fallback("refused"),
  ],
  [
    "the model declines this content, and the model is off",
    { refused: true },
    { llmEnabled: false },
    fallback("llm_off"),
  ],
  [
    "the model declines this content, and says so",
    { refused: true, draft: drafts.fallback("refused") },
    { trigger: "upgrade" },
    skip("refused"),
  ],
  [
    "the model declines this content, on demand",
    { refused: true, draft: drafts.fallback("refused") },
    { trigger: "on_demand" },
    skip("refused"),
  ],
  [
    "the model declines this content, forced",
    { refused: true, draft: drafts.fallback("refused") },
    { trigger: "force" },
    generate("asked"),
  ],
  ["another model declined this content", { draft: drafts.fallback("refused") }, {}, generate("upgrade")],

  // A person asked for many
  ["a backfill of what wants a draft", {}, { trigger: "backfill" }, generate("wanting")],
  [
    "a backfill of what is too old",
    { interaction: { ageSeconds: 400 * day } },
    { trigger: "backfill" },
    generate("wanting"),
  ],
  [
    "a backfill of a provisional draft",
    { draft: drafts.fallback("failed") },
    { trigger: "backfill" },
    generate("upgrade"),
  ],
  ["an older prompt's draft stands", { draft: drafts.older }, {}, skip("fresh")],
  [
    "an older prompt's draft stands, on demand",
    { draft: drafts.older },
    { trigger: "on_demand" },
    skip("fresh"),
  ],
  [
    "a backfill of an older prompt's draft",
    { draft: drafts.older },
    { trigger: "backfill" },
    generate("upgrade"),
  ],
  [
    "a backfill of an older prompt's draft that the history holds, too",
    { draft: drafts.older, restorable: kept },
    { trigger: "backfill" },
    generate("upgrade"),
  ],
  [
    "a backfill, and today's prompt has made its draft already",
    { draft: drafts.older, restorable: { ...kept, promptVersion: "q-2" } },
    { trigger: "backfill" },
    restore,
  ],
  [
    "a backfill, and a newer paid draft was not shown yet",
    { draft: drafts.older, restorable: { ...kept, overdue: true } },
    { trigger: "backfill" },
    restore,
  ],
  ["a backfill of today's prompt's draft", { draft: drafts.llm }, { trigger: "backfill" }, skip("fresh")],
  ["a backfill of another writer's draft", { draft: drafts.host }, { trigger: "backfill" }, skip("fresh")],
  [
    "a backfill of an older prompt's draft, offline",
    { draft: drafts.older },
    { trigger: "backfill", remoteProvider: false },
    skip("fresh"),
  ],
  [
    "a backfill of an older prompt's draft, model off",
    { draft: drafts.older },
    { trigger: "backfill", llmEnabled: false },
    skip("provisional_kept"),
  ],
  [
    "a backfill of an older prompt's draft, attempts spent",
    { draft: drafts.older },
    { trigger: "backfill", attemptsSpent: true },
    skip("provisional_kept"),
  ],
  [
    "a backfill of an older prompt's draft, the provider down",
    { draft: drafts.older },
    { trigger: "backfill", providerDown: true },
    { kind: "wait", reason: "provider", wait: { forMs: 300_000 } },
  ],
  ["a backfill, pre-generation off", off, { trigger: "backfill" }, skip("pregenerate_off")],
  [
    "a backfill of poison",
    { poisoned: true, draft: drafts.fallback("poison") },
    { trigger: "backfill" },
    skip("poison"),
  ],

  // With a model
  ["nothing stands", {}, {}, generate("wanting")],
  ["nothing stands, on demand", {}, { trigger: "on_demand" }, generate("asked")],
  // A buyer who is still writing
  [
    "the buyer may be writing still",
    { debouncedForMs: 2_500 },
    {},
    { kind: "wait", reason: "debounce", wait: { forMs: 2_500 } },
  ],
  [
    "the buyer may be writing still, on demand",
    { debouncedForMs: 2_500 },
    { trigger: "on_demand" },
    generate("asked"),
  ],

  ["the provider asked to be left alone", paused, {}, wait],
  ["the provider asked to be left alone, on demand", paused, { trigger: "on_demand" }, wait],
  ["the offline provider is never paused", paused, { remoteProvider: false }, generate("wanting")],
];
