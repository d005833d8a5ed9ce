import { expect } from "vitest";
import { answer, type Call, content, type Reply, status } from "../helpers/model-server.ts";
import { type Rig, test } from "../helpers/rig.ts";
import { until } from "../helpers/until.ts";

const prices = {
  "test-model": { input: 2.5, cached: 0.25, output: 10 },
  "deepseek-flash": { input: 0.15, cached: 0.003, output: 0.6 },
  "claude-haiku-4-5": { input: 1, cached: 0.1, output: 5, cache_write: 1.25 },
} as const;

/** What the service bills for a call, in units of 1e-12 USD: only whole answers count. */
function billed({ usage, body }: Call): number {
  if (usage === null) return 0;
  const price = prices[body["model"] as keyof typeof prices];
  const write = "cache_write" in price ? price.cache_write : price.input;
  const fresh = usage.input - usage.cached - usage.cacheWrite;
  return (
    fresh * price.input * 1e6 +
    usage.cached * price.cached * 1e6 +
    usage.cacheWrite * write * 1e6 +
    usage.output * price.output * 1e6
  );
}

/** Every call counts otherwise, so that no two can be taken for each other. */
const counting = (reply: Reply, { n }: Call): Reply =>
  reply.kind === "answer"
    ? {
        ...reply,
        usage: { input: 700 + 13 * n, cached: 500 + 7 * n, cacheWrite: 0, output: 41 + 3 * n },
      }
    : reply;

/** What each text's calls meet, one after the other. */
const scripts: Readonly<Record<string, readonly Reply[]>> = {
  хорошо: [answer()],
  починить: [content("Вот ответ"), answer()],
  негодно: [content("Вот"), content("Вот"), answer()],
  обрыв: [content("Вот"), status(500), answer()],
  пусто: [content(""), content('{"text": 1}'), content("нет"), answer()],
  занято: [status(429, { "retry-after": "0.1" }), answer()],
};

const spent = async (rig: Rig) =>
  await rig.sql`
    select provider, model, sum(cost_usd)::text as usd, sum(wasted_usd)::float8 as wasted, sum(calls)::int as calls,
      sum(failed)::int as failed, sum(aborted)::int as aborted, sum(unpriced)::int as unpriced
    from predraft.spend_daily group by provider, model order by model`;

test("spend_daily is what the services billed: repairs, failures, aborts and fallbacks included", {
  timeout: 90_000,
}, async ({ rig }) => {
  await rig.set("llm_prices", JSON.stringify(prices));
  await rig.set("llm_fallbacks", '["deepseek:deepseek-flash", "anthropic:claude-haiku-4-5"]');
  const met = new Map<string, number>();
  const refusing = new Set<string>();
  rig.model.script((call) => {
    if (refusing.has(String(call.body["model"]))) return status(401);
    const [text, replies] =
      Object.entries(scripts).find(([mark]) => call.messages.slice(1).join().includes(mark)) ?? [];
    if (text === undefined || replies === undefined) return counting(answer(), call);
    const time = met.get(text) ?? 0;
    met.set(text, time + 1);
    return counting(replies[Math.min(time, replies.length - 1)] as Reply, call);
  });
  await rig.start();
  const ids: string[] = [];
  for (const text of Object.keys(scripts)) ids.push(await rig.insert({ text }));
  for (const id of ids) await rig.drafted(id);

  // A first answer that can't be used, and a repair that is cut off because the buyer has written anew.
  const hold = rig.model.hold("отменю");
  const changed = await rig.insert({ text: "отменю" });
  const [first] = await hold.arrived();
  const repair = rig.model.hold("отменю");
  hold.release(counting(content("Вот"), first as Call));
  await repair.arrived();
  await rig.sql`update public.interactions set text = 'передумал' where id = ${changed}`;
  await rig.drafted(changed);
  const aborted = async () =>
    (await rig.sql`select from predraft.drafts where outcome = 'aborted'`).length === 1;
  await until(aborted, { what: "the abort is recorded" });

  // The first is refused, later also the second: others draft, and bill.
  refusing.add("test-model");
  await rig.drafted(await rig.insert({ text: "второму" }));
  refusing.add("deepseek-flash");
  await rig.drafted(await rig.insert({ text: "третьему" }));
  await rig.idle();

  const rows = await spent(rig);
  expect(rows.map((row) => row["model"])).toEqual(["claude-haiku-4-5", "deepseek-flash", "test-model"]);
  for (const { model, usd, unpriced } of rows) {
    const calls = rig.model.calls().filter((call) => call.body["model"] === model);
    const due = calls.reduce((sum, call) => sum + billed(call), 0) / 1e12;
    expect(due).toBeGreaterThan(0);
    expect(Math.abs(Number(usd) - due), `${model}: ${usd} for ${due}`).toBeLessThan(1e-6);
    expect(unpriced).toBe(0);
  }
  const own = rows.find((row) => row["model"] === "test-model");
  expect(own).toMatchObject({ aborted: 1, failed: expect.any(Number) });
  expect(own?.["failed"], "unusable, broken repair, empty, 429, 401").toBeGreaterThanOrEqual(5);
  expect(own?.["wasted"], "what failed and was cut off has cost something").toBeGreaterThan(0.005);
});
