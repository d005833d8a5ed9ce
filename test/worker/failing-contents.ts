import { expect } from "vitest";
import { content, declined, errorInBody, type Reply, status } from "../helpers/model-server.ts";
import type { Rig } from "../helpers/rig.ts";
import { until } from "../helpers/until.ts";

const said = (code: number, message: string): Reply =>
  status(code, {}, JSON.stringify({ error: { message } }));

/** How a service fails a content, one way each. */
export const ways: readonly (readonly [string, Reply, RegExp])[] = [
  ["filtered", declined("filtered"), /declines every content.*look at the filters/],
  ["declined in words", declined("declined"), /declines every content/],
  ["rejected with 400", said(400, "Feature gate is closed"), /rejects every request.*Feature gate is closed/],
  ["filtered with 400", said(400, "content management policy"), /declines every content/],
  ["unusable", content("Вот ответ"), /answers nothing that can be used.*not JSON/],
  ["empty", content(""), /answers nothing that can be used.*empty/],
  ["rejected with 200", errorInBody({ code: "bad_request", message: "no" }), /rejects every request/],
];

/** What a person does who will not wait: what is retried later runs now. */
export const hurry = (rig: Rig) =>
  rig.sql`select graphile_worker.reschedule_jobs(array(select id from graphile_worker.jobs where locked_at is null), run_at := now())`;
export const providerHealth = async (rig: Rig) =>
  (await rig.sql`select ok, detail from predraft.health where "check" = 'provider openai:test-model'`)[0];
/** Rows that were told, at any time, that the service is down. */
export const givenUp = (rig: Rig, which: string) => rig.sql`
  select from predraft.drafts d join predraft.interactions i on i.id = d.interaction_id
  where d.fallback_reason = 'provider_down' and ${rig.sql.unsafe(which)}`;
export const states = async (rig: Rig): Promise<Record<string, number>> => {
  const rows = await rig.sql<{ state: string; n: number }[]>`
    select coalesce(extra_data #>> '{last_ai_draft,fallback_reason}', extra_data #>> '{last_ai_draft,source}', 'none') as state,
      count(*)::int as n
    from predraft.interactions group by 1`;
  return Object.fromEntries(rows.map(({ state, n }) => [state, n]));
};
export const insertMany = (rig: Rig, count: number, isBad: string) =>
  rig.sql`
    insert into public.interactions (seller_id, channel, external_id, text, occurred_at)
    select 1 + n % 2, 'question', 'q-' || n,
      case when ${rig.sql.unsafe(isBad)} then 'дурной' || n || ' ' || n || '№' else 'Вопрос ' || n || '№' end, clock_timestamp()
    from generate_series(1, ${count}::int) n`;
export const isBad = (messages: readonly string[]): boolean =>
  messages.slice(1).some((text) => text.includes("дурной"));

/** A tenth of the interactions fail, each in a way of its own; the others are to be drafted as if those were not there. */
export async function draftsAllOthers(rig: Rig, count: number): Promise<void> {
  rig.model.script(({ messages, n }) => (isBad(messages) ? ways[n % ways.length]?.[1] : undefined));
  await insertMany(rig, count, "n % 10 = 0");
  await rig.start();
  const done = async () => {
    await hurry(rig);
    const { llm = 0, failed = 0, refused = 0 } = await states(rig);
    return llm === count - count / 10 && failed + refused === count / 10;
  };
  await until(done, { what: "all are done", timeoutMs: 240_000 });
  for (let n = 1; n <= count; n += 1) {
    const rows = await rig.sql`
        select d.source, d.error_code, d.outcome from predraft.drafts d join predraft.interactions i on i.id = d.interaction_id
        where i.external_id = ${`q-${n}`} and d.source = 'llm'`;
    if (n % 10 === 0) expect(rows.length, JSON.stringify(rows)).toBeLessThanOrEqual(5);
    else expect(rows).toHaveLength(1);
  }
  const others = rig.model.calls("Вопрос");
  expect(others).toHaveLength(count - count / 10);
  expect(await givenUp(rig, "i.text like 'Вопрос%'")).toHaveLength(0);
  expect((await providerHealth(rig))?.["ok"] ?? true).toBe(true);
  await rig.idle();
}
