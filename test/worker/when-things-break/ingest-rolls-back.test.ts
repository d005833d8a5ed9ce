import { describe, expect } from "vitest";
import { type Rig, test } from "../../helpers/rig.ts";
import { until } from "../../helpers/until.ts";

const rollBack = (rig: Rig, work: (tx: Rig["sql"]) => Promise<unknown>) =>
  rig.db
    .connect()
    .begin(async (tx) => {
      await work(tx as unknown as Rig["sql"]);
      throw new Error("rolled back");
    })
    .catch((error: Error) => expect(error.message).toBe("rolled back"));

describe.concurrent("ingest's transaction rolls back", () => {
  test("its jobs were never there: no job, no miss, no call", async ({ rig }) => {
    await rig.start();
    await rollBack(rig, async (tx) => {
      await tx`
        insert into public.interactions (seller_id, channel, external_id, text)
        select 1, 'question', 'r' || n, 'никогда не было ' || n from generate_series(1, 50) n`;
      expect(await tx`select from predraft.jobs()`).toHaveLength(50);
    });
    const [row] = await rig.sql`
      select (select count(*)::int from predraft.jobs()) as jobs, (select count(*)::int from predraft.enqueue_misses) as misses`;
    expect(row).toEqual({ jobs: 0, misses: 0 });
    await rig.drafted(await rig.insert({ text: "это было" }));
    expect(rig.model.calls()).toHaveLength(1);
  });

  test("a call under way for the old content goes on, and its draft is shown", async ({ rig }) => {
    const hold = rig.model.hold("прежний");
    await rig.start();
    const id = await rig.insert({ text: "прежний" });
    const [call] = await hold.arrived();
    await rollBack(rig, (tx) => tx`update public.interactions set text = 'иной' where id = ${id}`);
    await rollBack(rig, (tx) => tx`delete from public.interactions where id = ${id}`);
    const marker = await rig.insert({ text: "вслед" });
    await until(async () => (await rig.draft(marker))?.source === "llm", {
      what: "a later notification has arrived",
    });
    expect(call?.end).toBe("pending");
    hold.release();
    expect(await rig.drafted(id)).toMatchObject({ source: "llm" });
    expect(rig.model.calls("иной")).toHaveLength(0);
  });

  test("a savepoint that rolls back takes its own jobs only", async ({ rig }) => {
    await rig.start();
    const kept = await rig.sql.begin(async (tx) => {
      const [row] = await tx`
        insert into public.interactions (seller_id, channel, external_id, text) values (1, 'question', 'k', 'остался') returning id`;
      await tx
        .savepoint(async (inner) => {
          await inner`
            insert into public.interactions (seller_id, channel, external_id, text) values (1, 'question', 'g', 'ушёл')`;
          throw new Error("rolled back");
        })
        .catch(() => undefined);
      return String(row?.["id"]);
    });
    await rig.drafted(kept);
    await rig.idle();
    expect(rig.model.calls()).toHaveLength(1);
  });
});
