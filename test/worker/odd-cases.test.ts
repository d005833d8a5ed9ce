import { expect } from "vitest";
import { migrate } from "../../db/migrate/migrate.ts";
import { answer } from "../helpers/model-server.ts";
import { test } from "../helpers/rig.ts";
import { until } from "../helpers/until.ts";

test("an id beyond what JSON numbers can hold gets its draft, and its row alone", async ({ rig }) => {
  await rig.start();
  const ids = ["9007199254740993", "9223372036854775807"];
  for (const id of ids) await rig.insert({ id });
  for (const id of ids) await rig.drafted(id);
  expect(rig.model.billed()).toHaveLength(2);
  const rows =
    await rig.sql`select interaction_id, outcome from predraft.drafts where source = 'llm' order by 1`;
  expect(rows).toEqual(ids.map((id) => ({ interaction_id: id, outcome: "saved" })));
});

test("an answer with what Postgres cannot store is kept without it, and paid once", async ({ rig }) => {
  rig.model.script(() => answer({ text: "Спасибо\u0000 за \ud83dвопрос!" }));
  await rig.start();
  const draft = await rig.drafted(await rig.insert());
  expect(draft.text).toBe("Спасибо за \ufffdвопрос!");
  await rig.idle();
  const [row] = await rig.sql`select count(*)::int as rows from predraft.drafts where source = 'llm'`;
  expect(row, "one generation; the sign that stands in for the half had its one repair call").toEqual({
    rows: 1,
  });
  expect(rig.model.calls()).toHaveLength(2);
});

test("what a long transaction enqueued behind younger rows gets its waiting fallback as well", async ({
  rig,
}) => {
  await rig.set("ai_draft_concurrency", "1");
  const hold = rig.model.hold();
  await rig.start();
  const first = await rig.insert();
  await hold.arrived();
  const late = await rig.db.connect().begin(async (host) => {
    const inserted = await host`
      insert into public.interactions (seller_id, channel, external_id, text)
      select 1, 'question', 'late-' || n, 'Есть ли чехол ' || n || '?' from generate_series(1, 5) n returning id`;
    const young = await rig.insert();
    await rig.drafted(young, (draft) => draft.provisional);
    return inserted.map((row) => String(row["id"]));
  });
  for (const id of late) await rig.drafted(id, (draft) => draft.fallback_reason === "waiting");
  hold.release();
  await rig.drafted(first);
});

test("a host that is deleting what is under way keeps no other row waiting", async ({ rig }) => {
  await rig.set("ai_draft_concurrency", "1");
  const hold = rig.model.hold("уходит");
  await rig.start();
  const gone = await rig.insert({ text: "уходит" });
  await hold.arrived();
  await rig.db.connect().begin(async (host) => {
    await host`delete from public.interactions where id = ${gone}`;
    hold.release();
    await rig.drafted(await rig.insert());
  });
  const left = async () =>
    (
      await rig.sql`select from predraft.drafts where interaction_id = ${gone}
      union all select from predraft.draft_claims where interaction_id = ${gone}`
    ).length === 0;
  await until(left, { what: "nothing is left of the deleted one" });
});

test("truncating leaves no draft, no claim and no job behind", async ({ rig }) => {
  await rig.start();
  await rig.drafted(await rig.insert());
  await rig.sql`truncate public.interactions cascade`;
  const left = async () =>
    (await rig.sql`select from predraft.drafts union all select from predraft.jobs()`).length === 0;
  await until(left, { what: "the history is empty" });
});

test("another's view on ours, and a grant, outlive a migrate", async ({ rig }) => {
  await rig.sql.unsafe(`
    create view public.mine as select id, draft_state from predraft.interactions;
    grant select on predraft.interactions to public;`);
  await migrate({ url: rig.db.url });
  const [row] = await rig.sql`
    select to_regclass('public.mine') is not null as view, has_table_privilege('public', 'predraft.interactions', 'select') as granted`;
  expect(row).toEqual({ view: true, granted: true });
});
