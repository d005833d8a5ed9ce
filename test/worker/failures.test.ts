import { describe, expect } from "vitest";
import { closedPort } from "../helpers/closed-port.ts";
import { answerText, content, status } from "../helpers/model-server.ts";
import { type Rig, test } from "../helpers/rig.ts";
import { until } from "../helpers/until.ts";

const provisional = (reason: string) => (draft: { provisional: boolean; fallback_reason: string | null }) =>
  draft.provisional && draft.fallback_reason === reason;
const job = async (rig: Rig, id: string) =>
  (
    await rig.sql`
      select job_key, attempts, max_attempts, last_error, run_at > now() as later from predraft.jobs()
      where interaction_id = ${id} and locked_at is null`
  )[0];
const charged = async (rig: Rig) =>
  (
    await rig.sql`select coalesce(sum(calls), 0)::int as calls from predraft.seller_usage where win = 'day'`
  )[0]?.["calls"];
/** What a person does who will not wait: everything that is parked or retried later runs now. */
const hurry = async (rig: Rig) => {
  await rig.sql`update predraft.gate set paused_until = null`;
  await rig.sql`select graphile_worker.reschedule_jobs((select array_agg(id) from graphile_worker.jobs), run_at := now())`;
};
const lastAttempt = (rig: Rig, id: string) => rig.sql`
  select from graphile_worker.add_job('generate_draft', json_build_object('interactionId', ${id}::int),
    job_key := ${`draft:${id}:last`}, max_attempts := 1)`;

describe.concurrent("when the model's service fails", () => {
  test("a fallback shows at once, attempts are counted, and recovery brings the model's draft", async ({
    rig,
  }) => {
    let broken = true;
    rig.model.script(() => (broken ? status(500) : undefined));
    await rig.start();
    const id = await rig.insert();

    await rig.drafted(id, provisional("provider_down"));
    const waiting = await until(() => job(rig, id), { what: "the job waits for its retry" });
    expect(waiting).toMatchObject({ attempts: 1, max_attempts: 5, later: true });
    expect(waiting["last_error"]).toContain("The model's service failed (500)");
    expect(await charged(rig)).toBe(1);

    broken = false;
    await hurry(rig);
    expect(await rig.drafted(id)).toMatchObject({ source: "llm", text: answerText(2) });
    await rig.idle();
  });

  test("429 spends no attempt, and pauses the provider for as long as it asks", async ({ rig }) => {
    let busy = true;
    rig.model.script(() => (busy ? status(429, { "retry-after": "60" }) : undefined));
    await rig.start();
    const id = await rig.insert();
    await rig.drafted(id, provisional("waiting"));
    expect(await until(() => job(rig, id), { what: "the job is parked" })).toMatchObject({
      job_key: `later:${id}`,
      attempts: 0,
      max_attempts: 5,
      later: true,
    });
    expect(await charged(rig), "a refused call is given back").toBe(0);
    const [gate] = await rig.sql`
      select extract(epoch from paused_until - clock_timestamp())::float8 as seconds from predraft.gate`;
    expect(gate?.["seconds"]).toBeGreaterThan(40);
    expect(gate?.["seconds"]).toBeLessThanOrEqual(60);

    const other = await rig.insert();
    await rig.drafted(other, provisional("waiting"));
    expect(rig.model.calls(), "nobody is asked in the pause").toHaveLength(1);

    await until(() => job(rig, other), { what: "the other is parked as well" });

    busy = false;
    await hurry(rig);
    await Promise.all([rig.drafted(id), rig.drafted(other)]);
    expect(await charged(rig)).toBe(2);
  });

  test("a short 429 is waited for without a fallback", async ({ rig }) => {
    rig.model.script(({ n }) => (n === 1 ? status(429, { "retry-after": "0.2" }) : undefined));
    await rig.start();
    const id = await rig.insert();
    await rig.drafted(id);
    const rows = await rig.sql`select error_code, outcome from predraft.drafts where outcome = 'failed'`;
    expect(rows).toEqual([{ error_code: "model_throttled", outcome: "failed" }]);
  });

  test("a refused key is told once, with what to do, and spends no attempt", async ({ rig }) => {
    const hold = rig.model.hold();
    await rig.start();
    const ids = await Promise.all([rig.insert(), rig.insert(), rig.insert()]);
    await hold.arrived(3);
    hold.release(status(401));
    for (const id of ids) await rig.drafted(id, provisional("provider_down"));
    for (const id of await Promise.all([rig.insert(), rig.insert()]))
      await rig.drafted(id, provisional("provider_down"));
    await rig.idle();

    const told = async () =>
      (
        await rig.sql`
          select ok, detail, since from predraft.health where "check" = 'provider openai:test-model'`
      )[0];
    const health = await until(told, { what: "health tells" });
    expect(health).toEqual({
      ok: false,
      detail: expect.stringContaining("check the API key in OPENAI_API_KEY"),
      since: expect.any(Date),
    });
    expect(rig.log.filter((line) => line["code"] === "model_misconfigured")).toHaveLength(1);
    expect(rig.model.calls(), "nobody else was asked for a key that is wrong").toHaveLength(3);
    expect(await charged(rig)).toBe(0);
  });

  test("a rejected request is this row's own trouble: nobody else waits", async ({ rig }) => {
    rig.model.script(({ messages }) => (messages.join().includes("дурной") ? status(400) : undefined));
    await rig.start();
    const bad = await rig.insert({ text: "дурной вопрос" });
    await rig.drafted(bad, provisional("failed"));
    await rig.drafted(await rig.insert());
    await rig.idle();
    expect(rig.model.calls("дурной"), "asking again would not help").toHaveLength(1);
    expect(await charged(rig)).toBe(1);
  });

  test("an answer that does not come in time is cut off, and stays charged", async ({ rig }) => {
    rig.model.hold();
    await rig.start({ timeoutMs: 150 });
    const id = await rig.insert();
    await rig.drafted(id, provisional("provider_down"));
    const waiting = await until(() => job(rig, id), { what: "the job waits for its retry" });
    expect(waiting["last_error"]).toContain("did not answer in time");
    expect(rig.model.calls()[0]?.end).toBe("cut_off");
    expect(await charged(rig)).toBe(1);
  });

  test("an answer that stops in the middle is cut off at the time-out", async ({ rig }) => {
    rig.model.script(({ n }) => (n === 1 ? { kind: "stall" } : undefined));
    await rig.start({ timeoutMs: 150 });
    const id = await rig.insert();
    await rig.drafted(id, provisional("provider_down"));
    await until(() => rig.model.calls()[0]?.end === "cut_off", { what: "the call is cut off" });
    expect((await until(() => job(rig, id), { what: "the job waits" }))["last_error"]).toContain("in time");
  });

  test("a server that nobody runs bills nothing", async ({ rig }) => {
    await rig.start({ baseUrl: `http://127.0.0.1:${await closedPort()}/v1` });
    const id = await rig.insert();
    await rig.drafted(id, provisional("provider_down"));
    const waiting = await until(() => job(rig, id), { what: "the job waits for its retry" });
    expect(waiting["last_error"]).toContain("cannot be reached (ECONNREFUSED)");
    expect(await charged(rig)).toBe(0);
  });

  test("an unusable answer is repaired by one more call, charged as one", async ({ rig }) => {
    rig.model.script(({ n }) => (n === 1 ? content("вот ответ") : undefined));
    await rig.start();
    const id = await rig.insert();
    const draft = await rig.drafted(id);
    expect(rig.model.calls()).toHaveLength(2);
    expect(await charged(rig)).toBe(1);
    const [row] = await rig.sql`select output_tokens from predraft.drafts where id = ${draft.draft_id}`;
    expect(row?.["output_tokens"]).toBe(40);
  });

  test("an answer that is unusable twice is a failure like any other", async ({ rig }) => {
    rig.model.script(({ n }) => (n <= 2 ? content("вот ответ") : undefined));
    await rig.start();
    const id = await rig.insert();
    await rig.drafted(id, provisional("provider_down"));
    const waiting = await until(() => job(rig, id), { what: "the job waits for its retry" });
    expect(waiting).toMatchObject({ attempts: 1 });
    expect(waiting["last_error"]).toContain("not usable: it is not JSON");
    expect(rig.model.calls()).toHaveLength(2);
    await hurry(rig);
    await rig.drafted(id);
  });

  test("with the attempts spent it says so, and a new request tries again", async ({ rig }) => {
    let broken = true;
    rig.model.script(() => (broken ? status(500) : undefined));
    const id = await rig.insert();
    await rig.sql`select graphile_worker.complete_jobs(array_agg(id)) from graphile_worker.jobs`;
    await lastAttempt(rig, id);
    await rig.start();
    await rig.drafted(id, provisional("failed"));
    await rig.idle();
    expect(rig.model.calls()).toHaveLength(1);

    broken = false;
    await rig.sql`select predraft.request_draft(${id})`;
    await rig.drafted(id);
  });
});

describe.concurrent("when something else is wrong", () => {
  test("a job that names no interaction says what is wrong, quotes nothing, and stops nobody", async ({
    rig,
  }) => {
    await rig.start();
    await rig.sql`
      select graphile_worker.add_job('generate_draft', '{"interactionId": "тайный текст"}', job_key := 'bad')`;
    const broken = async () =>
      (
        await rig.sql`select last_error from graphile_worker.jobs where key = 'bad' and last_error is not null`
      )[0];
    const { last_error: error } = await until(broken, { what: "the job has failed" });
    expect(error).toContain("generate_draft: the payload's interactionId is not right");
    expect(error).not.toContain("тайный");
    await rig.drafted(await rig.insert());
  });

  test("a value that does not parse leaves the last good one, and health says which", async ({ rig }) => {
    const worker = await rig.start();
    await rig.set("ai_draft_batch_size", "много");
    const logged = () => rig.log.some((line) => line["key"] === "ai_draft_batch_size");
    await until(logged, { what: "it is logged" });
    expect(worker.settings().ai_draft_batch_size).toBe(0);
    const [health] = await rig.sql`select ok, detail from predraft.health where "check" like 'setting %'`;
    expect(health).toMatchObject({ ok: false, detail: expect.stringContaining("expected a whole number") });
    expect(JSON.stringify(rig.log)).not.toContain("много");
  });
});
