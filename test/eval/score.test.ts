import { expect, test } from "vitest";
import type { DraftAnswer } from "../../src/domain/answer.ts";
import { figuresOf } from "../../src/eval/figures.ts";
import type { Labels } from "../../src/eval/labelled-set.ts";
import { findingsOf } from "../../src/eval/report.ts";
import { type Answered, score } from "../../src/eval/score.ts";
import { briefWith } from "../helpers/brief.ts";

const labels: Labels = {
  intent: "delivery_delay",
  sentiment: "negative",
  sla_priority: "high",
  needs_escalation: false,
};

/** An answer as labelled, but for what a test changes. */
function answered(
  id: string,
  answer: Partial<Labels> & { readonly text?: string } = {},
  { label = {}, durationMs = 100 }: { label?: Partial<Labels>; durationMs?: number } = {},
): Answered {
  const labelled = { ...labels, ...label };
  return {
    kind: "answered",
    item: {
      brief: { ...briefWith({ interactionId: id, channel: "chat" }), orderId: null, gap: null },
      labels: labelled,
      ruled: true,
    },
    answer: { text: "Здравствуйте!", recommendation_reason: "", ...labelled, ...answer } as DraftAnswer,
    warnings: [],
    billed: [
      {
        at: new Date(),
        responseModel: null,
        tokens: { input: 1_000, cached: 400, cacheWrite: 0, output: 200 },
      },
    ],
    durationMs,
  };
}

const prices = { m: { input: 1, cached: 0.1, output: 5 } };

test("agreement is counted field by field, and by channel", () => {
  const { agreement, understated } = score([
    answered("a"),
    answered("b", { intent: "other" }),
    answered("c", { sla_priority: "normal" }),
    answered("d", { sla_priority: "urgent", sentiment: "neutral" }),
  ]);
  expect(agreement.intent).toMatchObject({ agreed: 3, of: 4, share: 0.75 });
  expect(agreement.sentiment).toMatchObject({ agreed: 3, of: 4 });
  expect(agreement.sla_priority).toMatchObject({
    agreed: 2,
    of: 4,
    by_channel: { chat: { agreed: 2, of: 4 } },
  });
  expect(agreement.sla_priority.by_channel.review).toEqual({ agreed: 0, of: 0, share: null });
  expect(understated).toBe(1);
});

test("an answer that says nothing of escalation is not judged for it", () => {
  const silent = answered("a");
  const { needs_escalation: _, ...answer } = silent.answer as DraftAnswer & { needs_escalation?: boolean };
  const { agreement, disagreements } = score([{ ...silent, answer: answer as DraftAnswer }]);
  expect(agreement.needs_escalation).toMatchObject({ of: 0, share: null });
  expect(disagreements).toEqual([]);
});

test("the worst come first: a missed escalation, then urgency and intent, then tone; a false alarm weighs little", () => {
  const grave = { label: { needs_escalation: true, sla_priority: "urgent" as const } };
  const { disagreements, escalation } = score([
    answered("tone", { sentiment: "neutral" }),
    answered("alarm", { needs_escalation: true }),
    answered("intent", { intent: "thanks" }),
    answered("missed", { needs_escalation: false }, grave),
    answered("missed-and-late", { needs_escalation: false, sla_priority: "low" }, grave),
    answered("opposite", { intent: "thanks", sentiment: "positive" }),
  ]);
  expect(disagreements.map(({ id }) => id)).toEqual([
    "missed-and-late",
    "missed",
    "opposite",
    "intent",
    "alarm",
    "tone",
  ]);
  expect(escalation).toEqual({ missed: 2, false_alarms: 1 });
});

test("intents that are taken for others are counted, the most frequent first", () => {
  const { confusions } = score([
    answered("a", { intent: "other" }),
    answered("b", { intent: "delivery_status" }),
    answered("c", { intent: "delivery_status" }),
  ]);
  expect(confusions).toEqual([
    { labelled: "delivery_delay", answered: "delivery_status", times: 2 },
    { labelled: "delivery_delay", answered: "other", times: 1 },
  ]);
});

test("length counts characters as a reader does, latency is by the nearest rank, cost by what was billed", () => {
  const durations = Array.from({ length: 20 }, (_, n) => (n + 1) * 10);
  const answers = durations.map((durationMs, n) =>
    answered(`a-${n}`, { text: "🌸".repeat(n === 0 ? 501 : 499) }, { durationMs }),
  );
  const figures = figuresOf(answers, [], { model: "m", prices });
  expect(figures?.length).toEqual({ mean: 499, longest: 501, over_500: 1, share_over_500: 0.05 });
  expect(figures?.latency_ms).toEqual({ p50: 100, p95: 190 });
  expect(figures?.tokens).toEqual({ input: 20_000, cached_input: 8_000, output: 4_000 });
  expect(figures?.cost_usd).toBeCloseTo((12_000 * 1 + 8_000 * 0.1 + 4_000 * 5) / 1e6, 8);
});

test("failed and repaired calls are billed as well", () => {
  const twice = { ...answered("a"), billed: [...answered("a").billed, ...answered("a").billed] };
  const figures = figuresOf([twice], [{ billed: answered("b").billed }], { model: "m", prices });
  expect(figures).toMatchObject({ calls: 3, tokens: { input: 3_000 } });
  expect(figures?.cost_usd).toBeCloseTo((1_800 * 1 + 1_200 * 0.1 + 600 * 5) / 1e6, 8);
});

test("guardrail findings are counted by draft, errors and warnings apart", () => {
  const warning = (code: "promise" | "jargon", severity: "error" | "warning") =>
    ({ code, type: code, severity, message: "", phrase: "", start: 0, end: 1 }) as const;
  const found = findingsOf([
    {
      ...answered("a"),
      warnings: [warning("promise", "error"), warning("promise", "error"), warning("jargon", "warning")],
    },
    { ...answered("b"), warnings: [warning("jargon", "warning")] },
    answered("c"),
  ]);
  expect(found).toEqual({
    drafts_with_errors: 1,
    drafts_with_warnings: 1,
    by_code: [
      { code: "jargon", severity: "warning", drafts: 2, ids: ["a", "b"] },
      { code: "promise", severity: "error", drafts: 1, ids: ["a"] },
    ],
  });
});

test("a cost is unknown without a price, and nothing where nothing was billed", () => {
  const free = { ...answered("a"), billed: [] };
  expect(figuresOf([answered("a")], [], { model: "m", prices: {} })?.cost_usd).toBeNull();
  expect(figuresOf([free], [], { model: "m", prices: {} })?.cost_usd).toBe(0);
  expect(figuresOf([], [], { model: "m", prices })).toBeNull();
});
