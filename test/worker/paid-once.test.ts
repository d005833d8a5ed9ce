import { describe, expect } from "vitest";
import { answerText } from "../helpers/model-server.ts";
import { type Rig, test } from "../helpers/rig.ts";

const rewrite = (rig: Rig, id: string, text: string) =>
  rig.sql`update public.interactions set text = ${text} where id = ${id}`;

describe.concurrent("what was paid once is not paid again", () => {
  test("content that comes back gets its draft from the history", async ({ rig }) => {
    await rig.start();
    const id = await rig.insert({ text: "первый" });
    const first = await rig.drafted(id);
    await rewrite(rig, id, "второй");
    await rig.drafted(id);

    await rewrite(rig, id, "первый");

    expect(await rig.drafted(id)).toMatchObject({ draft_id: first.draft_id, text: first.text });
    expect(rig.model.calls()).toHaveLength(2);
  });

  test("force makes a new draft where a final one stands, once", async ({ rig }) => {
    await rig.start();
    const id = await rig.insert();
    const first = await rig.drafted(id);
    await rig.sql`select predraft.request_draft(${id})`;
    await rig.idle();
    expect(rig.model.calls()).toHaveLength(1);

    await rig.sql`select predraft.request_draft(${id}, true)`;

    const second = await rig.drafted(id, (draft) => draft.draft_id > first.draft_id);
    expect(second).toMatchObject({ text: answerText(2), pregenerated: false });
  });

  test("a snapshot of the document, written back, neither resurrects a draft nor loses one", async ({
    rig,
  }) => {
    await rig.start();
    const id = await rig.insert({ text: "первый" });
    const snapshot = async () =>
      (await rig.sql`select extra_data as doc from public.interactions where id = ${id}`)[0]?.["doc"];
    const writeBack = (doc: unknown) =>
      rig.sql`update public.interactions set extra_data = ${rig.sql.json(doc as never)} where id = ${id}`;
    await rig.drafted(id);
    const ofFirst = await snapshot();
    await rewrite(rig, id, "второй");
    const second = await rig.drafted(id);
    const ofSecond = await snapshot();

    await writeBack(ofFirst);
    expect(await rig.draft(id), "a snapshot of older content").toEqual(second);

    await rig.sql`select predraft.request_draft(${id}, true)`;
    const forced = await rig.drafted(id, (draft) => draft.draft_id > second.draft_id);
    await writeBack(ofSecond);
    expect(await rig.draft(id), "a snapshot of an older draft of this content").toEqual(forced);

    await writeBack(null);
    expect(await rig.draft(id), "no document at all").toEqual(forced);
    await rig.idle();
    expect(rig.model.calls()).toHaveLength(3);
  });

  test("two workers and three jobs an interaction pay for each once", async ({ rig }) => {
    await Promise.all([rig.start(), rig.start()]);
    const hold = rig.model.hold();
    const ids = await Promise.all(Array.from({ length: 6 }, () => rig.insert()));
    for (const id of [...ids, ...ids]) await rig.sql`select predraft.request_draft(${id})`;
    await hold.arrived(6);

    hold.release();

    for (const id of ids) await rig.drafted(id);
    await rig.idle();
    expect(rig.model.calls()).toHaveLength(6);
  });
});
