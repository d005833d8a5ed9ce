import { expect } from "vitest";
import { followUpOf, nextRound, sweepAgain } from "../../src/drafts/sweep.ts";
import { test } from "../helpers/test.ts";
import { until } from "../helpers/until.ts";

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

test("the first round is followed by another in any case, and others while such a transaction is open", async ({
  db,
}) => {
  const host = await db.connect().reserve();
  await host`begin`;
  const [own] =
    await host`select pg_current_xact_id()::text as id, (pg_current_xact_id()::text::bigint + 1)::text as next`;
  const seen = { before: own?.["next"] as string, round: 3 };
  expect(await nextRound(db.sql, seen)).toEqual({ ...seen, round: 4 });
  await host`commit`;
  host.release();
  // Transactions of other tests, in the same cluster, are older and end as well.
  await until(async () => (await nextRound(db.sql, seen)) === undefined, {
    what: "all of before have ended",
  });
  expect(await nextRound(db.sql, { ...seen, round: 0 })).toEqual({ ...seen, round: 1 });
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
