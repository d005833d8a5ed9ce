import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { describe, expect } from "vitest";
import { explain } from "../../src/commands/explain.ts";
import { readConfig } from "../../src/config.ts";
import { createOutput } from "../../src/console/output.ts";
import { type Rig, test } from "../helpers/rig.ts";
import { until } from "../helpers/until.ts";

async function explained(rig: Rig, id: string): Promise<{ code: number; said: string }> {
  const stream = new PassThrough();
  const said = text(stream);
  const config = readConfig({ LLM_BASE_URL: rig.model.baseUrl, LLM_MODEL: "m" });
  const code = await explain(rig.sql, config, createOutput(stream as unknown as NodeJS.WriteStream), id);
  stream.end();
  return { code, said: await said };
}

const verdict = (said: string): string => said.split("What a worker would do now\n")[1]?.trim() ?? "";

describe("explain", () => {
  test("shows a row, its job, and that a worker would draft it", async ({ rig }) => {
    const id = await rig.insert({ text: "Какой размер?", priority: "high" });
    const { code, said } = await explained(rig, id);
    expect(code).toBe(0);
    expect(said).toContain(`Interaction ${id}: queued`);
    expect(said).toContain("question, wildberries, seller 1");
    expect(said).toContain('"Какой размер?"');
    expect(said).toMatch(new RegExp(`draft:${id}:\\d+ +next in order, position 1, attempt 0 of 5`));
    expect(verdict(said)).toMatch(/^generate +it is open and has no draft/);
  });

  test("shows a fresh draft and that nothing is to do, then the claim of what is under way", async ({
    rig,
  }) => {
    const worker = await rig.start();
    const id = await rig.insert({ text: "первый" });
    const draft = await rig.drafted(id);
    const ready = (await explained(rig, id)).said;
    expect(ready).toContain(`Interaction ${id}: ready`);
    expect(ready).toContain(JSON.stringify(draft.text));
    expect(ready).toContain(`${draft.content_hash} fresh`);
    expect(verdict(ready)).toMatch(/^skip +a final draft for exactly this content is there/);

    const hold = rig.model.hold("второй");
    await rig.sql`update public.interactions set text = 'второй' where id = ${id}`;
    await hold.arrived();
    expect((await explained(rig, id)).said).toMatch(/claim +worker \d+ since/);
    hold.release();
    await worker.stop();
  });

  test("says why there will be none", async ({ rig }) => {
    const id = await rig.insert({ status: "responded" });
    expect(verdict((await explained(rig, id)).said)).toMatch(/^skip +it is answered/);
    await rig.set("llm_enabled", "false");
    const off = await rig.insert();
    expect(verdict((await explained(rig, off)).said)).toMatch(/^fallback +llm_enabled is off/);
    await rig.start();
    await until(async () => (await rig.draft(off)) !== null, { what: "the fallback is there" });
    const { said } = await explained(rig, off);
    expect(said).toContain("fallback, provisional: llm_off");
    expect(verdict(said)).toMatch(/^skip +its provisional draft stays/);
  });

  test("exits with 1 where there is none", async ({ rig }) => {
    expect(await explained(rig, "4711")).toEqual({ code: 1, said: "There is no interaction 4711.\n" });
  });
});
