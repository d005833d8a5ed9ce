import { expect } from "vitest";
import { followUpOf, sweepAgain } from "../../src/drafts/sweep.ts";
import { test } from "../helpers/test.ts";

test("rounds are ever farther apart, and end", async ({ db: { sql } }) => {
  const waits: number[] = [];
  for (let round = 1; round <= 10; round += 1) {
    await sweepAgain(sql, { before: "7", round });
    const [job] = await sql`
      select round(extract(epoch from run_at - created_at)) as wait from graphile_worker.jobs where key = 'sweep_drafts:again'`;
    if (job !== undefined) waits.push(Number(job["wait"]));
    await sql`select graphile_worker.remove_job('sweep_drafts:again')`;
  }
  expect(waits).toEqual([2, 4, 8, 16, 32, 64, 128, 256]);
});

test("only a sweep that is told to goes on; what a job's payload holds is judged", () => {
  expect(followUpOf({ followUp: true })).toEqual({ before: null, round: 0 });
  expect(followUpOf({ followUp: { before: "12", round: 3 } })).toEqual({ before: "12", round: 3 });
  for (const other of [
    null,
    undefined,
    {},
    [],
    "x",
    { followUp: false },
    { followUp: { before: "x", round: 1 } },
  ])
    expect(followUpOf(other), JSON.stringify(other)).toBeUndefined();
});
