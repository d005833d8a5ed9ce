import { describe, expect } from "vitest";
import { type Draft, type Rig, test } from "../helpers/rig.ts";
import type { Client } from "../helpers/rows.ts";
import { until } from "../helpers/until.ts";

const words = { text: "Спасибо!", channel: "review", rating: 5 };

/** Inserts an interaction by plain SQL into an open transaction. */
async function insert(sql: Client, fields: Record<string, unknown>): Promise<string> {
  const row = { marketplace: "wildberries", occurred_at: new Date(), ...words, ...fields };
  const [inserted] = await sql`insert into public.interactions ${sql(row as never)} returning id`;
  return String(inserted?.["id"]);
}

/** One life of an id ends and the next one begins in one transaction. */
const endings: Record<string, (sql: Client) => Promise<unknown>> = {
  truncated: (sql) => sql`truncate public.interactions restart identity cascade`,
  deleted: (sql) => sql`delete from public.interactions`,
};

const others: Record<string, Record<string, unknown>> = {
  "another seller's": { seller_id: 2, external_id: "first" },
  "another interaction": { seller_id: 1, external_id: "second" },
};

const history = (rig: Rig): Promise<string[]> =>
  rig.sql`select external_id, outcome from predraft.drafts where source = 'llm' order by id`.then((rows) =>
    rows.map((row) => `${row["external_id"]} ${row["outcome"]}`),
  );

describe.concurrent("ids that are used again", () => {
  for (const [how, end] of Object.entries(endings)) {
    for (const [whose, other] of Object.entries(others)) {
      test(`the same short words under the id of a ${how} row get a draft of their own where they are ${whose}`, async ({
        rig,
      }) => {
        await rig.start();
        const id = await insert(rig.sql, { id: 1, seller_id: 1, external_id: "first" });
        const former = await rig.drafted(id);
        await rig.sql.begin(async (host) => {
          await end(host);
          await insert(host, { id: 1, ...other });
        });
        const draft: Draft = await rig.drafted(id);
        expect(draft.draft_id).toBeGreaterThan(former.draft_id);
        expect(rig.model.calls()).toHaveLength(2);
        await until(async () => (await history(rig)).length === 1, {
          what: "the former life's history is gone",
        });
        expect(await history(rig)).toEqual([`${other["external_id"]} saved`]);
      });
    }
  }

  test("a draft that was being made for the former life is not shown to the next one", async ({ rig }) => {
    const hold = rig.model.hold();
    await rig.start();
    await insert(rig.sql, { id: 1, seller_id: 1, external_id: "first" });
    await hold.arrived();
    await rig.sql.begin(async (host) => {
      await host`truncate public.interactions restart identity cascade`;
      await insert(host, { id: 1, seller_id: 2, external_id: "second" });
    });
    hold.release();
    await rig.drafted("1");
    await rig.idle();
    const [shown] = await rig.sql`
      select d.seller_id, d.external_id from predraft.interactions i
      join predraft.drafts d on d.id = (i.extra_data #>> '{last_ai_draft,draft_id}')::bigint where i.id = 1`;
    expect(shown).toEqual({ seller_id: "2", external_id: "second" });
  });
});

describe.concurrent("a row that moves to another seller", () => {
  test("loses the old seller's draft in the same statement, and gets one of the new seller's", async ({
    rig,
  }) => {
    await rig.start();
    const id = await rig.insert();
    const former = await rig.drafted(id);
    await rig.sql.begin(async (host) => {
      await host`update public.interactions set seller_id = 2 where id = ${id}`;
      const [row] =
        await host`select extra_data -> 'last_ai_draft' as draft from public.interactions where id = ${id}`;
      expect(row?.["draft"]).toBeNull();
    });
    expect((await rig.drafted(id)).draft_id).toBeGreaterThan(former.draft_id);
    expect(rig.model.calls()).toHaveLength(2);
    await rig.idle();

    await rig.sql`update public.interactions set seller_id = 1 where id = ${id}`;
    expect((await rig.drafted(id)).draft_id, "and back").toBe(former.draft_id);
  });

  test("does not bring a draft along that its writer carries in the document", async ({ rig }) => {
    await rig.start();
    const id = await rig.insert();
    await rig.drafted(id);
    await rig.sql`update public.interactions set seller_id = 2, extra_data = extra_data || '{"theirs": 1}' where id = ${id}`;
    await rig.drafted(id);
    const [row] = await rig.sql`
      select d.seller_id from predraft.interactions i
      join predraft.drafts d on d.id = (i.extra_data #>> '{last_ai_draft,draft_id}')::bigint where i.id = ${id}`;
    expect(row?.["seller_id"]).toBe("2");
  });

  test("is not given what is being made for the old one", async ({ rig }) => {
    const hold = rig.model.hold();
    await rig.start();
    const id = await rig.insert();
    await hold.arrived();
    await rig.sql`update public.interactions set seller_id = 2 where id = ${id}`;
    hold.release();
    await rig.drafted(id);
    await rig.idle();
    const [row] = await rig.sql`
      select d.seller_id from predraft.interactions i
      join predraft.drafts d on d.id = (i.extra_data #>> '{last_ai_draft,draft_id}')::bigint where i.id = ${id}`;
    expect(row?.["seller_id"]).toBe("2");
  });
});
