import { expect } from "vitest";
import { describeStart, findDemoExample } from "../../src/commands/banner.ts";
import { loadDemo } from "../../src/ingest/demo.ts";
import { keptOutput } from "../helpers/kept-output.ts";
import { type Rig, test } from "../helpers/rig.ts";

/** What `start` prints on this database. */
async function banner(rig: Rig, own: boolean): Promise<string> {
  const { out, text } = keptOutput();
  const provider = { name: "offline", model: "rules", remote: false, admits: true } as never;
  const address = { url: rig.db.url, directUrl: rig.db.url, psql: 'psql "$DATABASE_URL"' };
  await describeStart(out, rig.sql, address, provider, { own, demo: undefined });
  return text();
}

test("the example that start prints makes another draft, each time that it is run as printed", async ({
  rig,
}) => {
  await loadDemo(rig.sql);
  await rig.start({ provider: "offline" });
  for (const _ of ["as loaded", "after the first change"]) {
    const example = await findDemoExample(rig.sql);
    const before = await rig.drafted(example?.id ?? "");
    expect(await banner(rig, true)).toContain(example?.update);
    await rig.sql.unsafe(example?.update ?? "");
    expect((await rig.drafted(example?.id ?? "")).text).not.toBe(before.text);
  }
});

test("start names no interaction where there is none", async ({ rig }) => {
  for (const own of [true, false]) {
    const printed = await banner(rig, own);
    expect(printed).toContain("There are no interactions yet");
    expect(printed).not.toMatch(/\bid = |explain \d/);
  }
});

test("start on a given database names an interaction that is there, and changes nothing", async ({
  rig,
  attachedRig,
}) => {
  const id = await rig.insert();
  expect(await banner(rig, false)).toContain(`explain ${id}`);
  expect(await banner(rig, false)).not.toContain("update ");
  const foreign = await attachedRig.insert();
  const printed = await banner(attachedRig, false);
  expect(printed).toContain(`explain ${foreign}`);
  const query = /select extra_data[^;]*;/.exec(printed)?.[0] ?? "";
  expect(await attachedRig.sql.unsafe(query), "what it prints can be run").toHaveLength(1);
});
