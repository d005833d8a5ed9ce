import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { DraftContext } from "../../src/drafts/context.ts";
import { type Circumstances, decide } from "../../src/drafts/decide.ts";
import type { Trigger } from "../../src/drafts/trigger.ts";
import { context, drafts } from "./contexts.ts";

const reasons = ["llm_off", "daily_limit", "waiting", "provider_down", "failed", "poison"] as const;
const kinds = ["skip", "restore", "fallback", "wait", "generate"];

const anyContext: fc.Arbitrary<DraftContext> = fc
  .record({
    channel: fc.constantFrom("review", "question", "chat" as const),
    text: fc.constantFrom(null, "", "  ", "Подойдёт ли чехол?"),
    open: fc.boolean(),
    holds: fc.boolean(),
    ageSeconds: fc.option(fc.double({ min: -1e9, max: 1e9, noNaN: true })),
    draft: fc.constantFrom(
      null,
      ...[drafts.llm, drafts.host, drafts.offline, drafts.rating],
      ...reasons.map(drafts.fallback),
    ),
    enabled: fc.boolean(),
    restorable: fc.constantFrom(
      null,
      ...["llm", "host", "offline"].map((source) => ({
        draftId: "7",
        source,
        promptVersion: "q-2",
        overdue: false,
      })),
    ),
    settings: fc.record({ pregenerate: fc.boolean(), maxAgeDays: fc.nat(1_000) }),
    poisoned: fc.boolean(),
    refused: fc.boolean(),
    debouncedForMs: fc.option(fc.double({ min: 0, max: 3_600_000, noNaN: true })),
    limit: fc.option(
      fc.record({
        why: fc.constantFrom("daily_limit" as const, "provider" as const, "cycle" as const),
        until: fc.nat(),
        forMs: fc.double({ min: 0, max: 86_400_000, noNaN: true }),
      }),
    ),
  })
  .map(({ channel, text, open, holds, ageSeconds, enabled, ...rest }) =>
    context({
      interaction: { channel, text, open, holds, ageSeconds },
      seller: { ...context().seller, enabled },
      ...rest,
    }),
  );

const anyCircumstances: fc.Arbitrary<Circumstances> = fc.record({
  trigger: fc.constantFrom<Trigger>("pregenerate", "on_demand", "force", "upgrade", "backfill"),
  attemptsSpent: fc.boolean(),
  llmEnabled: fc.boolean(),
  remoteProvider: fc.boolean(),
  promptVersions: fc.constant({ review: "q-2", question: "q-2", chat: "q-2" }),
  providerDown: fc.boolean(),
});

const having =
  (over?: Partial<DraftContext["interaction"]>) =>
  (given: DraftContext): DraftContext => ({
    ...given,
    interaction: { ...given.interaction, open: true, holds: true, ...over },
  });
const openContext = anyContext.map(having());

const always = <A, B>(a: fc.Arbitrary<A>, b: fc.Arbitrary<B>, check: (a: A, b: B) => void): void =>
  fc.assert(fc.property(a, b, check), { numRuns: 2_000 });

describe("whatever the interaction and the circumstances", () => {
  test("there is one verdict, the same each time, and nothing given is touched", () => {
    always(fc.option(anyContext), anyCircumstances, (given, around) => {
      const before = JSON.stringify([given, around]);
      const verdict = decide(given, around);
      expect(kinds).toContain(verdict.kind);
      expect(decide(given, around)).toEqual(verdict);
      expect(JSON.stringify([given, around])).toBe(before);
    });
  });

  test("nothing is written for what is closed, gone, or has no place for a draft", () => {
    const shut = fc.oneof(
      fc.constant(null),
      anyContext.map(having({ open: false })),
      anyContext.map(having({ holds: false })),
    );
    always(shut, anyCircumstances, (given, around) => {
      expect(decide(given, around).kind).toBe("skip");
    });
  });

  test("force never passes over what is open, unless there is no model to ask", () => {
    always(openContext, anyCircumstances, (given, around) => {
      const verdict = decide(given, { ...around, trigger: "force" });
      if (verdict.kind === "skip")
        expect(around.llmEnabled && !around.attemptsSpent && !around.providerDown).toBe(false);
    });
  });

  test("force never restores", () => {
    always(anyContext, anyCircumstances, (given, around) => {
      expect(decide(given, { ...around, trigger: "force" }).kind).not.toBe("restore");
    });
  });

  test("a final draft stands, unless forced", () => {
    const finished = fc
      .tuple(openContext, fc.constantFrom(drafts.llm, drafts.host, drafts.rating))
      .map(([given, draft]) => ({ ...given, draft }));
    always(finished, anyCircumstances, (given, around) => {
      fc.pre(around.trigger !== "force");
      expect(decide(given, around)).toEqual({ kind: "skip", reason: "fresh" });
    });
  });

  test("an offline draft is only final where no remote provider is configured", () => {
    always(openContext, anyCircumstances, (given, around) => {
      const due = {
        ...around,
        trigger: "pregenerate",
        llmEnabled: true,
      } as const;
      const plain = { ...context(), interaction: { ...given.interaction, ageSeconds: 0, text: "текст" } };
      const verdict = decide(
        { ...plain, draft: drafts.offline },
        {
          ...due,
          attemptsSpent: false,
          providerDown: false,
        },
      );
      expect(verdict.kind).toBe(around.remoteProvider ? "generate" : "skip");
    });
  });

  test("what the model declines is not asked for again, unless forced", () => {
    const refused = openContext.map((given) => ({ ...given, refused: true }));
    always(refused, anyCircumstances, (given, around) => {
      fc.pre(around.trigger !== "force");
      expect(["skip", "restore", "fallback"]).toContain(decide(given, around).kind);
    });
  });

  test("what is poison is not asked for again, unless forced", () => {
    const poisoned = openContext.map((given) => ({ ...given, poisoned: true }));
    always(poisoned, anyCircumstances, (given, around) => {
      fc.pre(around.trigger !== "force");
      expect(["skip", "restore", "fallback"]).toContain(decide(given, around).kind);
    });
  });

  test("with the model off nothing asks it, and no wait is begun for it", () => {
    always(anyContext, anyCircumstances, (given, around) => {
      expect(["generate", "wait"]).not.toContain(decide(given, { ...around, llmEnabled: false }).kind);
    });
  });

  test("the same fallback is not written twice", () => {
    always(openContext, anyCircumstances, (given, around) => {
      const verdict = decide(given, around);
      if (verdict.kind !== "fallback" || verdict.reason === "rating_only") return;
      if (verdict.reason === "daily_limit") return; // it waits for the next day anew; writeFallback leaves the draft
      const again = decide({ ...given, draft: drafts.fallback(verdict.reason) }, around);
      expect(again.kind).not.toBe("fallback");
    });
  });
});
