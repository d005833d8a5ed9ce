import fc from "fast-check";
import { expect } from "vitest";
import { type Host, onEachHost } from "../../helpers/hosts.ts";
import { addInteraction, saveDraft, show } from "../../helpers/rows.ts";

type Draft = Record<string, unknown>;
type Step =
  | { readonly kind: "content"; readonly text: string; readonly carry: "nothing" | "snapshot" }
  | { readonly kind: "save"; readonly reason: "waiting" | "failed" | null }
  | { readonly kind: "rewrite" | "clear" | "close" | "reopen" }
  | { readonly kind: "snapshot"; readonly nth: number }
  | { readonly kind: "foreign"; readonly text: string };

const content = fc.constantFrom("А", "Б", "В");
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("content" as const),
      text: content,
      carry: fc.constantFrom("nothing" as const, "snapshot" as const),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("save" as const),
      reason: fc.constantFrom(null, null, "waiting" as const, "failed" as const),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constantFrom("rewrite" as const, "clear" as const, "close" as const, "reopen" as const),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("snapshot" as const), nth: fc.nat(5) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("foreign" as const),
      text: fc.constantFrom("От хозяина", "Ответ 1", "Ответ 2"),
    }),
  },
);

const isProvisional = (draft: Draft): boolean => draft["provisional"] === true;
const waits = (draft: Draft): boolean => draft["fallback_reason"] === "waiting";
const isLastWord = (draft: Draft): boolean => draft["fallback_reason"] === "failed";
const number = (draft: Draft): number => Number(draft["draft_id"]);

/** One interaction under any sequence of writers; `snapshots` are the documents that a host has read so far. */
async function walk(host: Host, steps: readonly Step[]): Promise<void> {
  const { sql } = host;
  const id = await addInteraction(sql, { text: "А" });
  const snapshots: (Draft | null)[] = [];
  let answers = 0;
  for (const [n, one] of steps.entries()) {
    const before = await show(sql, id);
    snapshots.push(before.document);
    const snapshot = snapshots.at(-1 - ("nth" in one ? one.nth % snapshots.length : snapshots.length - 1));
    const json = JSON.stringify(snapshot ?? {});
    switch (one.kind) {
      case "content":
        await sql`update public.interactions set text = ${one.text} where id = ${id}`;
        if (one.carry === "snapshot") await host.rewrite(id, json);
        break;
      case "save":
        answers += 1;
        await saveDraft(sql, id, {
          text: `Ответ ${answers}`,
          provisional: one.reason !== null,
          ...(one.reason === null ? {} : { source: "fallback", fallback_reason: one.reason }),
        });
        break;
      case "rewrite":
        await host.rewrite(id, JSON.stringify({ n }));
        break;
      case "clear":
        await host.rewrite(id, JSON.stringify({ last_ai_draft: null }));
        break;
      case "close":
      case "reopen":
        await sql`update public.interactions set status = ${one.kind === "close" ? "responded" : "open"} where id = ${id}`;
        break;
      case "snapshot":
        await host.rewrite(id, json);
        break;
      case "foreign":
        await host.rewrite(id, JSON.stringify({ last_ai_draft: { text: one.text } }));
        break;
    }
    const after = await show(sql, id);
    judge(one, before, after);
    if (one.kind === "save") expectSaved(after, `Ответ ${answers}`, one.reason, before);
  }
}

type Seen = Awaited<ReturnType<typeof show>>;

function judge(one: Step, before: Seen, after: Seen): void {
  if (after.draft) expect(after.draft["content_hash"], "what is shown is fresh").toBe(after.hash);
  if (one.kind === "clear") {
    expect(after.draft ?? null).toBeNull();
  } else if (before.draft && before.hash === after.hash) {
    expect(after.draft, "a fresh draft is not lost").toBeTruthy();
    const now = after.draft as Draft;
    const finalCame = isProvisional(before.draft) && !isProvisional(now);
    const lastWordCame = waits(before.draft) && isLastWord(now);
    expect(number(now) >= number(before.draft) || finalCame || lastWordCame || now["source"] === "host").toBe(
      true,
    );
    expect(isLastWord(before.draft) && waits(now), "a last word yields to nothing that waits").toBe(false);
    expect(!isProvisional(before.draft) && isProvisional(now), "a final yields to no provisional").toBe(
      false,
    );
  }
}

function expectSaved(after: Seen, text: string, reason: string | null, before: Seen): void {
  const stands =
    before.draft != null &&
    reason !== null &&
    (!isProvisional(before.draft) || (reason === "waiting" && isLastWord(before.draft)));
  if (!stands) expect(after.draft).toMatchObject({ text });
}

onEachHost("no sequence of writers shows a stale draft or loses a fresh one", async (host) => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 14 }), (steps) => walk(host, steps)),
    { numRuns: 60 },
  );
});
