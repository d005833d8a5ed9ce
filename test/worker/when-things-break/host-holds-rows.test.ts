import { describe, expect } from "vitest";
import { answerText } from "../../helpers/model-server.ts";
import { type Rig, test } from "../../helpers/rig.ts";
import { until } from "../../helpers/until.ts";

const history = async (rig: Rig, id: string) =>
  (
    await rig.sql`select outcome from predraft.drafts where interaction_id = ${id} and source = 'llm' order by id`
  ).map((row) => row["outcome"]);
const claims = (rig: Rig) => rig.sql`select again from predraft.draft_claims`;

describe.concurrent("a host transaction holds rows for minutes", () => {
  test("costs nothing twice, and keeps neither slot nor claim", async ({ rig }) => {
    const hold = rig.model.hold();
    await rig.start();
    const id = await rig.insert();
    await hold.arrived();
    await rig.db.connect().begin(async (host) => {
      await host`update public.interactions set subject = 'other' where id = ${id}`;
      hold.release();
      const parked = async () =>
        (await claims(rig)).length === 0 &&
        (await rig.sql`select from predraft.jobs() where job_key = ${`later:${id}`} and locked_at is null`)
          .length;
      await until(parked, { what: "the job is parked, without a claim" });
      expect(await rig.draft(id)).toBeNull();
    });

    expect((await rig.drafted(id)).text).toBe(answerText(1));
    expect(rig.model.calls()).toHaveLength(1);
    expect(await history(rig, id)).toEqual(["saved"]);
  });

  test("and changes the text: the new text gets a draft", async ({ rig }) => {
    const hold = rig.model.hold("первый");
    await rig.start();
    const id = await rig.insert({ text: "первый вопрос" });
    await hold.arrived();
    await rig.db.connect().begin(async (host) => {
      await host`update public.interactions set text = 'второй вопрос' where id = ${id}`;
      hold.release();
      await until(async () => (await history(rig, id)).length === 1 && (await claims(rig)).length === 0, {
        what: "the answer is kept",
      });
    });

    expect((await rig.drafted(id)).text).toBe(answerText(2));
    await rig.idle();
    expect(rig.model.calls()).toHaveLength(2);
  });

  test("its rows wait, nobody else's do, and the hosts' own statements wait for no worker", async ({
    rig,
  }) => {
    await rig.set("ai_draft_concurrency", "3");
    await rig.start();
    const mine = await Promise.all(
      [1, 2, 3, 4].map((n) => rig.insert({ text: `чужие ${n}`, status: "responded" })),
    );
    await rig.db.connect().begin(async (host) => {
      await host`update public.interactions set status = 'open' where id = any(${mine})`;
      const others = await Promise.all([1, 2, 3].map((n) => rig.insert({ text: `свои ${n}` })));
      for (const id of others) await rig.drafted(id);
      expect(rig.model.calls("чужие"), "what is not committed is not seen").toHaveLength(0);
    });
    for (const id of mine) await rig.drafted(id);
    await rig.idle();

    const hold = rig.model.hold("ещё");
    const held = await Promise.all([1, 2].map((n) => rig.insert({ text: `ещё ${n}` })));
    await hold.arrived(2);
    await rig.db.connect().begin(async (host) => {
      await host`select from public.interactions where id = any(${held}) for update`;
      hold.release();
      const parked = async () =>
        (await rig.sql`select from predraft.jobs() where job_key like 'later:%' and locked_at is null`)
          .length >= 2;
      await until(parked, { what: "both wait without a slot" });
      await rig.drafted(await rig.insert({ text: "мимо" }));
      await host`update public.interactions set subject = 'x' || id where id = any(${held})`;
    });
    for (const id of held) await rig.drafted(id);
    expect(rig.model.calls("ещё")).toHaveLength(2);
  });
});
