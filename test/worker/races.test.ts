import { describe, expect } from "vitest";
import { answerText, status } from "../helpers/model-server.ts";
import { type Rig, test } from "../helpers/rig.ts";
import { until } from "../helpers/until.ts";

const history = async (rig: Rig, id: string) =>
  (
    await rig.sql`select outcome from predraft.drafts where interaction_id = ${id} and source = 'llm' order by id`
  ).map((row) => row["outcome"]);
const claims = (rig: Rig) => rig.sql`select again from predraft.draft_claims`;
const rewrite = (rig: Rig, id: string, text: string) =>
  rig.sql`update public.interactions set text = ${text} where id = ${id}`;
const withoutTriggers = (rig: Rig, work: (tx: Rig["sql"]) => Promise<unknown>) =>
  rig.sql.begin(async (tx) => {
    await tx`set local session_replication_role = replica`;
    await work(tx as unknown as Rig["sql"]);
  });

describe.concurrent("while a call is under way", () => {
  test("changed content cuts it off, and gets one call of its own", async ({ rig }) => {
    const hold = rig.model.hold("первый");
    await rig.start();
    const id = await rig.insert({ text: "первый вопрос" });
    const [call] = await hold.arrived();

    await rewrite(rig, id, "второй вопрос");

    await until(() => call?.end === "cut_off", { what: "the call is cut off" });
    await rig.drafted(id);
    await rig.idle();
    expect(rig.model.calls()).toHaveLength(2);
    expect(await history(rig, id)).toEqual(["aborted", "saved"]);
  });

  test("an answer for content that changed unheard is kept, and not shown", async ({ rig }) => {
    const hold = rig.model.hold("первый");
    await rig.start();
    const id = await rig.insert({ text: "первый вопрос" });
    await hold.arrived();
    await withoutTriggers(
      rig,
      (tx) => tx`update public.interactions set text = 'второй вопрос' where id = ${id}`,
    );

    hold.release();

    expect((await rig.drafted(id)).text).toBe(answerText(2));
    expect(await history(rig, id)).toEqual(["superseded", "saved"]);
    expect(rig.model.calls("второй")).toHaveLength(1);
  });

  test("closing cuts it off, and opening again makes a draft", async ({ rig }) => {
    const hold = rig.model.hold();
    await rig.start();
    const id = await rig.insert();
    const [call] = await hold.arrived();
    await rig.sql`update public.interactions set status = 'responded' where id = ${id}`;
    await until(() => call?.end === "cut_off", { what: "the call is cut off" });
    await rig.idle();
    hold.release();

    await rig.sql`update public.interactions set status = 'open' where id = ${id}`;

    await rig.drafted(id);
    expect(rig.model.calls()).toHaveLength(2);
    expect(rig.model.billed()).toHaveLength(1);
  });

  test("closing behind a provisional draft, and opening again, brings the model's", async ({ rig }) => {
    const hold = rig.model.hold();
    await rig.start();
    const id = await rig.insert();
    await rig.drafted(id, (draft) => draft.fallback_reason === "waiting");
    await rig.sql`update public.interactions set status = 'responded' where id = ${id}`;
    await rig.idle();
    hold.release();

    await rig.sql`update public.interactions set status = 'open' where id = ${id}`;

    expect(await rig.drafted(id)).toMatchObject({ source: "llm" });
  });

  test("deleting cuts it off, and leaves nothing behind", async ({ rig }) => {
    const hold = rig.model.hold("первый");
    await rig.start();
    const id = await rig.insert({ text: "первый вопрос" });
    const [call] = await hold.arrived();

    await rig.sql`delete from public.interactions where id = ${id}`;

    await until(() => call?.end === "cut_off", { what: "the call is cut off" });
    await nothingLeft(rig);
  });

  test("a row that goes without a trigger's knowledge leaves nothing behind either", async ({ rig }) => {
    const hold = rig.model.hold("первый");
    await rig.start();
    const id = await rig.insert({ text: "первый вопрос" });
    await hold.arrived();
    await withoutTriggers(rig, (tx) => tx`delete from public.interactions where id = ${id}`);

    hold.release();

    await nothingLeft(rig);
  });

  test("a click joins it and never pays twice", async ({ rig }) => {
    const hold = rig.model.hold();
    await rig.start();
    const id = await rig.insert();
    await hold.arrived();
    await rig.sql`select predraft.request_draft(${id})`;
    await rig.sql`select predraft.request_draft(${id}, true)`;
    const joined = async () =>
      (await rig.sql`select from predraft.jobs() where job_priority = -10`).length === 0 &&
      (await claims(rig))[0]?.["again"];
    await until(joined, { what: "both requests have found the claim" });

    hold.release();

    await rig.drafted(id);
    await rig.idle();
    expect(rig.model.calls()).toHaveLength(1);
  });

  test("when its holder fails for good, whoever was refused comes back", async ({ rig }) => {
    const hold = rig.model.hold();
    await rig.start();
    let id = "";
    await withoutTriggers(rig, async (tx) => {
      const [row] = await tx`
        insert into public.interactions (seller_id, channel, external_id, text) values (1, 'question', 'e', 'вопрос') returning id`;
      id = String(row?.["id"]);
    });
    await rig.sql`
      select from graphile_worker.add_job('generate_draft', ${JSON.stringify({ interactionId: id })}::text::json,
        job_key := ${`draft:${id}:last`}, max_attempts := 1)`;
    await hold.arrived();
    await rig.sql`select predraft.request_draft(${id})`;
    await until(async () => (await claims(rig))[0]?.["again"], { what: "the request is refused" });

    hold.release(status(500));

    await rig.drafted(id);
    expect(rig.model.calls()).toHaveLength(2);
  });
});

async function nothingLeft(rig: Rig): Promise<void> {
  const left = async () => {
    const [row] = await rig.sql`
      select (select count(*)::int from predraft.drafts) as drafts, (select count(*)::int from predraft.draft_claims) as claims,
        (select count(*)::int from graphile_worker.jobs) as jobs, (select count(*)::int from predraft.enqueue_misses) as misses`;
    return JSON.stringify(row) === '{"drafts":0,"claims":0,"jobs":0,"misses":0}';
  };
  await until(left, { what: "drafts, claims, jobs and misses are gone" });
}
