import { expect } from "vitest";
import { connect, type Sql } from "../../../db/client/connect.ts";
import { resilient } from "../../../db/client/resilient.ts";
import { watchSchema } from "../../../src/worker/upkeep/schema-watch.ts";
import { startProxy } from "../../helpers/proxy.ts";
import { type Rig, test } from "../../helpers/rig.ts";
import { until } from "../../helpers/until.ts";
import { cutSessions, spawnWorker } from "../../helpers/worker-process.ts";

/** A new interaction gets its draft, and the worker ends well when it is told to. */
async function expectDrafting(rig: Rig, worker: ReturnType<typeof spawnWorker>): Promise<void> {
  const drafted = rig.drafted(await rig.insert()).then(() => "drafted");
  const ended = worker.ended.then((code) => `ended with ${code}: ${worker.err().slice(-500)}`);
  expect(await Promise.race([drafted, ended])).toBe("drafted");
  worker.child.kill("SIGTERM");
  expect(await worker.ended).toBe(0);
}

test("a connection that is reset while the driver looks types up does not end the worker", async ({
  rig,
}) => {
  const proxy = await startProxy(rig.db.url);
  const worker = spawnWorker(rig, { DATABASE_URL: proxy.url });
  await worker.says("worker running");
  proxy.cut("typarray", 3);
  await cutSessions(rig, "predraft%");
  await until(() => proxy.cuts() === 3, { what: "type look-ups were cut" });
  await expectDrafting(rig, worker);
  await proxy.shut();
}, 60_000);

test("a connection that is lost while a runner looks its tasks up does not keep it from fetching for good", async ({
  rig,
}) => {
  const proxy = await startProxy(rig.db.url);
  proxy.cut("_private_tasks as tasks (identifier)", 1);
  const worker = spawnWorker(rig, { DATABASE_URL: proxy.url });
  await worker.says("worker running");
  await until(() => proxy.cuts() === 1, { what: "the look-up was cut" });
  await expectDrafting(rig, worker);
  await proxy.shut();
}, 60_000);

test("a database that takes a question and never answers is no other schema", async ({ rig }) => {
  const proxy = await startProxy(rig.db.url);
  const database = resilient(() => connect(proxy.url, { max: 1 }));
  const watch = watchSchema(database.sql);
  await watch.check();
  proxy.swallow();
  await expect(watch.check()).rejects.toMatchObject({ code: "database_stuck" });
  const outdated = await Promise.race([watch.outdated.then(() => "outdated"), Promise.resolve("not")]);
  await database.end();
  await proxy.shut();
  expect(outdated).toBe("not");
}, 60_000);

test("an answer that the driver has lost the rows of is no missing schema", async () => {
  const emptied = (async () => []) as unknown as Sql; // as postgres.js resolves some queries whose connection is cut under them
  await expect(watchSchema(emptied).check()).rejects.toMatchObject({ code: "database_stuck" });
});
