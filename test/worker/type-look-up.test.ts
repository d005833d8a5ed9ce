import { once } from "node:events";
import { createServer, connect as dial } from "node:net";
import { expect } from "vitest";
import { runCli } from "../helpers/cli.ts";
import { test } from "../helpers/rig.ts";
import { until } from "../helpers/until.ts";

/** A way to the database on which connections are reset while the driver looks types up, once `cutting` is set. */
async function startCutter(url: string) {
  const behind = new URL(url);
  const state = { cutting: false, cuts: 0 };
  const server = createServer((client) => {
    const database = dial(Number(behind.port), behind.hostname);
    database.pipe(client);
    client.on("data", (chunk: Buffer) => {
      if (state.cutting && chunk.includes("typarray")) {
        state.cuts += 1;
        client.resetAndDestroy();
        return database.destroy();
      }
      return database.write(chunk);
    });
    for (const [one, other] of [
      [client, database],
      [database, client],
    ] as const) {
      one.on("error", () => other.destroy());
      one.on("close", () => other.destroy());
    }
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const through = new URL(url);
  through.hostname = "127.0.0.1";
  through.port = String((server.address() as { port: number }).port);
  return { state, url: through.href, stop: () => server.close() };
}

test("a connection that is reset while the driver looks types up does not end the worker", async ({
  rig,
}) => {
  const cutter = await startCutter(rig.db.url);
  const worker = runCli(["worker"], { DATABASE_URL: cutter.url, LLM_PROVIDER: "offline" });
  await worker.says("worker running");
  cutter.state.cutting = true;
  await rig.sql`
    select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and application_name like 'predraft%'`;
  await until(() => cutter.state.cuts >= 3, { what: "type look-ups were cut" });
  cutter.state.cutting = false;
  const id = await rig.insert();
  const drafted = rig.drafted(id, (draft) => draft.source === "offline");
  const left = worker.ended.then((code) => `ended with ${code}: ${worker.err().slice(-500)}`);
  const outcome = await Promise.race([drafted.then(() => "drafted"), left]);
  worker.child.kill("SIGTERM");
  expect(await worker.ended).toBe(0);
  expect(outcome).toBe("drafted");
  cutter.stop();
}, 60_000);
