import { describe, expect } from "vitest";
import { test } from "../../helpers/cluster-rig.ts";
import type { Rig } from "../../helpers/rig.ts";
import { until } from "../../helpers/until.ts";

/** Turns every session's transactions read-only, as a failover does, or back. */
async function readOnly(rig: Rig, on: boolean): Promise<void> {
  const admin = rig.db.connect({ connection: { default_transaction_read_only: "off" } as never });
  await admin.unsafe(`alter system set default_transaction_read_only = ${on ? "on" : "off"}`);
  await admin`select pg_reload_conf()`;
  const turned = async () => {
    const [row] = await rig.sql`select current_setting('default_transaction_read_only') = 'on' as on`;
    return row?.["on"] === on;
  };
  await until(turned, { what: `the database is ${on ? "read-only" : "writable"}` });
  await admin.end();
}

describe("the database turns read-only for a moment", { timeout: 120_000 }, () => {
  test("and what was paid for meanwhile is kept: no row is lost, dropped or paid twice", async ({
    clusterRig: rig,
  }) => {
    const hold = rig.model.hold();
    await rig.start();
    const ids = await Promise.all(Array.from({ length: 16 }, () => rig.insert()));
    await hold.arrived(7); // one slot of eight is kept for urgent work

    await readOnly(rig, true);
    hold.release();
    await until(() => rig.log.some(({ msg }) => String(msg).includes("could not be recorded")), {
      what: "a result was refused",
    });
    await readOnly(rig, false);

    for (const id of ids) expect(await rig.drafted(id)).toMatchObject({ source: "llm" });
    await rig.idle();
    expect(rig.model.calls()).toHaveLength(16);
    const [spent] = await rig.sql`
      select count(*) filter (where outcome <> 'saved')::int as others, count(*)::int as total
      from predraft.drafts where source = 'llm'`;
    expect(spent).toEqual({ others: 0, total: 16 });
  });
});

describe.each(["repeatable read", "serializable"])(
  "a database whose transactions are %s by default",
  (level) => {
    test("has its drafts without an attempt spent, many at once", { timeout: 120_000 }, async ({
      clusterRig: rig,
      cluster,
    }) => {
      await rig.sql.unsafe(`alter database postgres set default_transaction_isolation = '${level}'`);
      const direct = rig.db.connect();
      const [now] = await direct`select current_setting('default_transaction_isolation') as level`;
      expect(now?.["level"]).toBe(level);
      await direct.end();
      await rig.set("ai_draft_batch_size", "1000");
      await rig.set("ai_draft_delay_seconds", "0.001");
      await rig.start({ url: cluster.url });
      await rig.start({ url: cluster.url });
      const rows = await rig.sql.begin("isolation level read committed", async (tx) => {
        return await tx<{ id: string }[]>`
          insert into public.interactions (seller_id, marketplace, channel, external_id, text, occurred_at)
          select 1, 'wildberries', 'question', 'e-' || n, 'Подойдёт ли чехол?', now() from generate_series(1, 60) n
          returning id::text`;
      });
      const ids = rows.map(({ id }) => id);
      const spent = async () =>
        (await rig.sql`select key, last_error from graphile_worker.jobs where last_error is not null`).map(
          (row) => row["last_error"],
        );
      for (const id of ids) {
        expect(await rig.drafted(id)).toMatchObject({ source: "llm" });
        expect(await spent()).toEqual([]);
      }
      expect(rig.model.calls()).toHaveLength(60);
      expect(rig.log.filter(({ level }) => Number(level) >= 40)).toEqual([]);
    });
  },
);
