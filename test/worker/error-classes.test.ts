import { describe, expect } from "vitest";
import { closedPort } from "../helpers/closed-port.ts";
import { content, type Reply, status } from "../helpers/model-server.ts";
import { type Rig, type StartOptions, test } from "../helpers/rig.ts";
import { until } from "../helpers/until.ts";

/** What the design promises of a failure: the draft that shows, the job that is left, and whether the call stays charged. */
interface Promised {
  readonly shown: string;
  /** Attempts spent and allowed of the job that waits; null: it has ended. */
  readonly job: { readonly key: RegExp; readonly attempts: number; readonly max_attempts: number } | null;
  readonly charged: number;
}

const retried = { key: /^draft:/, attempts: 1, max_attempts: 5 };
const parked = { key: /^later:/, attempts: 0, max_attempts: 5 };
const down = { shown: "provider_down", job: retried, charged: 1 };
const misconfigured = { shown: "provider_down", job: null, charged: 0 };

const classes: readonly (readonly [string, Reply, Promised, StartOptions?])[] = [
  ["429", status(429, { "retry-after": "60" }), { shown: "waiting", job: parked, charged: 0 }],
  ["500", status(500), down],
  ["503 with a page", status(503, { "content-type": "text/html" }, "<html>"), down],
  ["529", status(529), down],
  ["408", status(408), down],
  ["409", status(409), down],
  ["a connection that breaks", { kind: "reset" }, down],
  ["a body that breaks", { kind: "break" }, down],
  ["a time-out", { kind: "stall" }, down, { timeoutMs: 150 }],
  ["an unusable answer, twice", content("Вот ответ"), down],
  ["an empty answer, twice", content(""), down],
  ["a refused key", status(401), misconfigured],
  ["no credit", status(402), misconfigured],
  ["a forbidden model", status(403), misconfigured],
  ["an unknown model", status(404), misconfigured],
  ["a request it dislikes", status(400), { shown: "failed", job: null, charged: 0 }],
];

const jobOf = async (rig: Rig, id: string) =>
  (
    await rig.sql`
      select job_key as key, attempts, max_attempts from predraft.jobs()
      where interaction_id = ${id} and locked_at is null and run_at > now()`
  )[0];
const chargedIn = async (rig: Rig) =>
  (
    await rig.sql`select coalesce(sum(calls), 0)::int as calls from predraft.seller_usage where win = 'day'`
  )[0]?.["calls"];

async function holds(rig: Rig, { shown, job, charged }: Promised): Promise<void> {
  const id = await rig.insert();
  const draft = await rig.drafted(
    id,
    (standing) => standing.provisional && standing.fallback_reason === shown,
  );
  expect(draft.text.length).toBeGreaterThan(20);
  if (job === null) await rig.idle();
  else {
    const { key, ...counts } = await until(() => jobOf(rig, id), { what: "its job waits" });
    expect(key).toMatch(job.key);
    expect(counts).toEqual({ attempts: job.attempts, max_attempts: job.max_attempts });
  }
  expect(await chargedIn(rig)).toBe(charged);
}

describe.concurrent("a draft that meets", () => {
  test.for(classes)(
    "%s shows, counts and waits as promised",
    async ([, reply, promised, options], { rig }) => {
      rig.model.script(() => reply);
      await rig.start(options);
      await holds(rig, promised);
    },
  );

  test("a server that nobody runs shows, counts and waits as promised", async ({ rig }) => {
    await rig.start({ baseUrl: `http://127.0.0.1:${await closedPort()}/v1` });
    await holds(rig, { ...down, charged: 0 });
  });
});
