import { expect } from "vitest";
import { test } from "../../helpers/rig.ts";

/** As it acts in the database from now on, without a word to the worker. */
const silently = (value: "true" | "false") =>
  `update predraft.settings set value = '${value}' where key = 'ai_draft_pregenerate_enabled'`;

test("a worker that does not know yet that pre-generation is on again drops no job", async ({ rig }) => {
  await rig.set("ai_draft_pregenerate_enabled", "no");
  await rig.start();
  await rig.idle(); // the sweep at the start reads settings anew
  await rig.sql.unsafe(silently("true"));
  const id = await rig.insert();
  expect((await rig.drafted(id)).source).toBe("llm");
});

test("a worker that does not know yet that pre-generation is off makes no draft nobody asked for", async ({
  rig,
}) => {
  await rig.set("ai_draft_pregenerate_enabled", "yes");
  await rig.start();
  await rig.idle();
  const id = await rig.insert({ status: "responded" });
  await rig.sql.unsafe(silently("false"));
  await rig.sql`update public.interactions set status = 'open' where id = ${id}`;
  await rig.sql`select predraft.enqueue_ids(array[${id}::bigint])`;
  await rig.idle();
  expect(rig.model.calls()).toEqual([]);
  expect(await rig.draft(id)).toBeNull();
});
