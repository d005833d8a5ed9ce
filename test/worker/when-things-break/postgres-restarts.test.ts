import { expect } from "vitest";
import { startProxy } from "../helpers/proxy.ts";
import { test } from "../helpers/rig.ts";
import { until } from "../helpers/until.ts";

test("when the database is away for a while everything comes back: jobs, LISTEN, liveness", {
  timeout: 60_000,
}, async ({ rig }) => {
  const proxy = await startProxy(rig.db.url);
  const worker = await rig.start({ url: proxy.url });
  try {
    const hold = rig.model.hold("до");
    const before = await rig.insert({ text: "до" });
    await hold.arrived();

    await proxy.shut();
    const tries = () => rig.log.filter((line) => String(line["msg"]).startsWith("liveness lock lost")).length;
    hold.release();
    await until(() => tries() >= 5, { what: "the worker has tried in vain", timeoutMs: 20_000 });
    const meanwhile = await rig.insert({ text: "меж тем" });
    await proxy.open();

    for (const id of [before, meanwhile])
      await until(async () => (await rig.draft(id))?.source === "llm", {
        what: `interaction ${id} has its draft`,
        timeoutMs: 30_000,
      });
    await rig.set("ai_draft_daily_limit", "77");
    await until(() => worker.settings().ai_draft_daily_limit === 77, {
      what: "a setting is heard of",
      timeoutMs: 20_000,
    });
    const late = rig.model.hold("после");
    const changed = await rig.insert({ text: "после" });
    const [call] = await late.arrived();
    await rig.sql`update public.interactions set text = 'потом' where id = ${changed}`;
    await until(() => call?.end === "cut_off", { what: "a change is heard of" });
    const healthy = async () =>
      (await rig.sql`select ok from predraft.health where "check" = 'worker'`)[0]?.["ok"] &&
      (await rig.sql`select from predraft.workers`).length === 1;
    await until(healthy, { what: "one worker is alive" });
    expect(await rig.sql`select from predraft.draft_claims where interaction_id <> ${changed}`).toHaveLength(
      0,
    );
  } finally {
    await worker.stop();
    await proxy.shut();
  }
});
