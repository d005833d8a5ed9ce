import { describe, expect } from "vitest";
import { migrate } from "../../../db/migrate/migrate.ts";
import { examine } from "../../../src/doctor/examine.ts";
import { startRefusingPooler } from "../../helpers/refusing-pooler.ts";
import { test } from "../../helpers/rig.ts";

describe("through a pooler that refuses settings at the beginning of a session", { timeout: 60_000 }, () => {
  test("migrate and a worker go without, and doctor says which default is in the way", async ({ rig }) => {
    const pooler = await startRefusingPooler(rig.db.url);
    try {
      await migrate({ url: pooler.url });
      expect(pooler.refused()).toBe(1); // learned once
      const worker = await rig.start({ url: pooler.url });
      expect(await rig.drafted(await rig.insert())).toMatchObject({ source: "llm" });
      await worker.stop();
      expect(pooler.refused()).toBe(1);

      const isolation = async () =>
        (await examine({ url: pooler.url, directUrl: pooler.url })).findings.find(
          ({ check }) => check === "isolation",
        );
      expect(await isolation()).toBeUndefined();
      await rig.sql.unsafe(
        `alter database ${new URL(rig.db.url).pathname.slice(1)} set default_transaction_isolation = 'serializable'`,
      );
      expect(await isolation()).toMatchObject({
        level: "warning",
        what: expect.stringContaining("serializable"),
        todo: expect.stringContaining("default_transaction_isolation = 'read committed'"),
      });
    } finally {
      await pooler.stop();
    }
  });

  test("no attempt is spent on transactions that came second", async ({ rig }) => {
    await rig.sql.unsafe(
      `alter database ${new URL(rig.db.url).pathname.slice(1)} set default_transaction_isolation = 'repeatable read'`,
    );
    const pooler = await startRefusingPooler(rig.db.url);
    try {
      await rig.set("ai_draft_batch_size", "1000");
      await rig.set("ai_draft_delay_seconds", "0.001");
      const workers = [await rig.start({ url: pooler.url }), await rig.start({ url: pooler.url })];
      const rows = await rig.sql.begin("isolation level read committed", async (tx) => {
        return await tx<{ id: string }[]>`
          insert into public.interactions (seller_id, marketplace, channel, external_id, text, occurred_at)
          select 1, 'wildberries', 'question', 'e-' || n, 'Подойдёт ли чехол?', now() from generate_series(1, 40) n
          returning id::text`;
      });
      for (const { id } of rows) {
        expect(await rig.drafted(id)).toMatchObject({ source: "llm" });
        expect(
          await rig.sql`select last_error from graphile_worker.jobs where last_error is not null`,
        ).toEqual([]);
      }
      expect(rig.model.calls()).toHaveLength(40);
      for (const worker of workers) await worker.stop();
    } finally {
      await pooler.stop();
    }
  });
});
