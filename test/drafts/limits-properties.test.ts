import fc from "fast-check";
import { expect } from "vitest";
import type { Verdict } from "../../src/drafts/decide.ts";
import type { Trigger } from "../../src/drafts/trigger.ts";
import { type Reservation, release, reserveNow } from "../helpers/reserve.ts";
import { addInteraction, type Client } from "../helpers/rows.ts";
import { test } from "../helpers/test.ts";
import { decided, insideOneCycle, limit, today, use } from "./limit-rows.ts";

const minutes = fc.constantFrom(-60, -1, 0, 1, 60);

const situation = fc.record({
  trigger: fc.constantFrom<Trigger>("pregenerate", "on_demand", "force", "upgrade", "backfill"),
  priority: fc.constantFrom("urgent", "high", "normal", "low"),
  used: fc.record({ day: fc.nat(3), cycle: fc.nat(3), urgent: fc.nat(3) }),
  limits: fc.record({ cycle: fc.nat(3), burst: fc.nat(3), daily: fc.nat(3) }),
  /** When the provider's pause began and when it ends, in minutes from now; null: it never paused. */
  pause: fc.option(fc.record({ since: minutes, until: minutes })),
});
type Situation = typeof situation extends fc.Arbitrary<infer T> ? T : never;

async function arrange(sql: Client, id: string, { priority, used, limits, pause }: Situation): Promise<void> {
  await sql`update public.interactions set priority = ${priority} where id = ${id}`;
  await limit(sql, limits);
  await use(sql, used);
  await sql`delete from predraft.gate`;
  if (pause === null) return;
  await sql`
    insert into predraft.gate (provider, paused_since, paused_until)
    values ('p', now() + ${pause.since} * interval '1 minute', now() + ${pause.until} * interval '1 minute')`;
}

/** What a verdict and a reservation say in the same words. */
const ofVerdict = (verdict: Verdict): unknown => {
  if (verdict.kind === "generate") return "go";
  return { why: verdict.reason, until: "wait" in verdict ? (verdict.wait.until ?? null) : null };
};
const ofReservation = ({ verdict, why, until }: Reservation): unknown =>
  verdict === "go" ? "go" : { why, until: why === "provider" ? null : until };

test("what decides and what charges come to the same, whatever is used, set, paused and asked for", {
  timeout: 60_000,
}, async ({ db: { sql } }) => {
  const id = await addInteraction(sql, today());
  await fc.assert(
    fc.asyncProperty(situation, async (given) => {
      await arrange(sql, id, given);
      await insideOneCycle(sql);
      const verdict = await decided(sql, id, given);
      const [row] = await sql`select predraft.call_kind(${given.trigger}, ${given.priority}) as kind`;
      const reservation = await reserveNow(sql, id, {
        kind: row?.["kind"],
        forced: given.trigger === "force",
      });
      if (reservation.claim !== null) await release(sql, reservation.claim, { refund: true });
      expect(ofReservation(reservation)).toEqual(ofVerdict(verdict));
    }),
    { numRuns: 200 },
  );
});

test("no limit holds up what somebody asked for, and the daily one goes before the cycle's", {
  timeout: 60_000,
}, async ({ db: { sql } }) => {
  const id = await addInteraction(sql, today());
  await fc.assert(
    fc.asyncProperty(situation, async (given) => {
      await arrange(sql, id, given);
      const verdict = await decided(sql, id, given);
      const asked = given.trigger === "force" || given.trigger === "on_demand";
      const limited = verdict.kind === "fallback" && verdict.reason === "daily_limit";
      if (limited || (verdict.kind === "wait" && verdict.reason !== "provider")) expect(asked).toBe(false);
      if (verdict.kind === "wait" && verdict.reason === "cycle")
        expect(given.used.day).toBeLessThan(given.limits.daily);
    }),
    { numRuns: 100 },
  );
});
