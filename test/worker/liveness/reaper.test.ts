import { pino } from "pino";
import { describe, expect } from "vitest";
import { createReaper } from "../../../src/worker/liveness/reaper.ts";
import { answering, test } from "../../helpers/cluster-rig.ts";
import type { Client } from "../../helpers/rows.ts";

const log = pino({ level: "silent" });
/** A reaper whose clock the test sets, and a worker that nobody has ever seen alive. */
async function setUp(sql: Parameters<typeof createReaper>[0]) {
  let ms = 0;
  const reap = createReaper(sql, log, () => ms);
  await sql`select predraft.register_worker('nowhere', 1, '0')`;
  await sql`update predraft.workers set beat_at = null`; // its first heartbeat is long ago
  return {
    look: async (atMs: number) => {
      ms = atMs;
      await reap();
    },
  };
}
const registered = async (sql: Client) => (await sql`select from predraft.workers`).length;

describe("a reaper", () => {
  test("frees whoever was absent throughout two seconds, and not before", async ({ db }) => {
    const { look } = await setUp(db.sql);
    for (const ms of [0, 500, 1_000, 1_999]) await look(ms);
    expect(await registered(db.sql)).toBe(1);
    await look(2_000);
    expect(await registered(db.sql)).toBe(0);
  });

  test("begins anew after a query of its own failed", async ({ db }) => {
    const { look } = await setUp(db.sql);
    await look(0);
    await db.sql`alter function predraft.absent_workers() rename to absent_workers_gone`;
    await expect(look(1_000)).rejects.toMatchObject({ code: "42883" });
    await db.sql`alter function predraft.absent_workers_gone() rename to absent_workers`;
    await look(2_500);
    expect(await registered(db.sql)).toBe(1);
    await look(4_500);
    expect(await registered(db.sql)).toBe(0);
  });

  test("begins anew when it has not looked for long, as after a suspended machine", async ({ db }) => {
    const { look } = await setUp(db.sql);
    await look(0);
    await look(60_000);
    expect(await registered(db.sql)).toBe(1);
    await look(62_000);
    expect(await registered(db.sql)).toBe(0);
  });

  test("begins anew after the server was restarted, when all locks are gone at once", async ({
    cluster,
    clusterRig,
  }) => {
    const { sql } = clusterRig;
    const { look } = await setUp(sql);
    await look(0);
    await cluster.halt("fast");
    await cluster.resume();
    await answering(clusterRig);
    await look(3_000);
    expect(await registered(sql)).toBe(1);
    await look(5_000);
    expect(await registered(sql)).toBe(0);
  });
});
