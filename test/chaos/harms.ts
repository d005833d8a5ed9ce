import { setTimeout as delay } from "node:timers/promises";
import type postgres from "postgres";
import type { ThrowAwayCluster } from "../helpers/throw-away-cluster.ts";
import { clientOf, withClient } from "./client.ts";
import { externalId, markerOf } from "./content.ts";
import type { Harm } from "./diary.ts";
import type { Fleet } from "./fleet.ts";
import type { Profile } from "./profile.ts";
import type { Dice } from "./random.ts";

/** What the adversary can lay hands on. */
export interface Victim {
  readonly url: string;
  readonly cluster: ThrowAwayCluster;
  readonly fleet: Fleet;
  readonly profile: Profile;
  readonly draw: Dice;
}

/** A client of the adversary's, for as long as the work takes. */
const asAdversary = (url: string, work: (sql: postgres.Sql) => Promise<unknown>): Promise<unknown> =>
  withClient(url, "adversary", work);

const spell = ({ draw, profile }: Victim): number => draw.between(...profile.spell);
const place = ({ draw, profile }: Victim): number => draw.below(profile.workers);

/** Ends every session but the suite's own eyes, twice a second. */
async function terminate(victim: Victim): Promise<void> {
  const until = Date.now() + spell(victim);
  await asAdversary(victim.url, async (sql) => {
    while (Date.now() < until) {
      await sql`
        select pg_terminate_backend(pid) from pg_stat_activity
        where backend_type = 'client backend' and pid <> pg_backend_pid() and application_name <> 'chaos reader'`;
      await delay(500);
    }
  });
}

/** Opens connections until the server refuses, and keeps them for a while. */
async function exhaust(victim: Victim): Promise<void> {
  const held: postgres.Sql[] = [];
  try {
    for (let refused = false; !refused; ) {
      const batch = Array.from({ length: 10 }, () => clientOf(victim.url, "hoarder"));
      held.push(...batch);
      const opened = await Promise.allSettled(batch.map((sql) => sql`select`));
      refused = opened.some((one) => one.status === "rejected");
    }
    await delay(spell(victim));
  } finally {
    await Promise.all(held.map((sql) => sql.end({ timeout: 1 })));
  }
}

/** Holds some rows as a host's transaction would. It waits for nobody itself, so that it is part of no deadlock. */
async function lock(victim: Victim): Promise<void> {
  await asAdversary(victim.url, (sql) =>
    sql.begin(async (tx) => {
      await tx`
        select from public.interactions where id in (
          select id from public.interactions order by coalesce(extra_data ? 'last_ai_draft', false), id desc limit ${victim.draw.between(5, 60)})
        for update skip locked`;
      await delay(spell(victim));
    }),
  );
}

/** No number of an interaction that the writer knows. */
const firstIdle = 1e6;

/** An ingest that takes its time between its statement and its commit, or roll-back. */
async function idle(victim: Victim): Promise<void> {
  const k = firstIdle + victim.draw.below(1e6);
  await asAdversary(victim.url, (sql) =>
    sql
      .begin(async (tx) => {
        await tx`
          insert into public.interactions (seller_id, channel, external_id, text)
          values (1, 'question', ${externalId(k)}, ${`Долго шло письмо. ${markerOf(k, 0)}`})`;
        await delay(spell(victim));
        if (victim.draw.chance(0.3)) throw new Error("rolled back");
      })
      .catch((error: Error) => {
        if (error.message !== "rolled back") throw error;
      }),
  );
}

/** Mostly one that is at work: on a slow machine none would ever come to it otherwise. */
async function end(victim: Victim, how: "kill" | "term", rebirthMs: number): Promise<void> {
  const which = place(victim);
  if (victim.draw.chance(0.85)) {
    await victim.fleet.working(which);
    await delay(victim.draw.between(0, 1_500));
  }
  await victim.fleet.end(which, how, rebirthMs);
}

async function restart({ cluster }: Victim, how: "fast" | "immediate"): Promise<void> {
  await cluster.halt(how);
  for (let tries = 0; ; tries += 1) {
    try {
      return await cluster.resume();
    } catch (error) {
      // Parts of a server that was stopped in a hurry may still be about to end.
      if (tries >= 50 || (error as { retryable?: boolean }).retryable !== true) throw error;
      await delay(100);
    }
  }
}

/** Ends every connection that listens. */
async function deafen(victim: Victim): Promise<void> {
  await asAdversary(
    victim.url,
    (sql) => sql`
      select pg_terminate_backend(pid) from pg_stat_activity
      where application_name = 'predraft listener' or (application_name = 'predraft runner' and query ilike 'listen%')`,
  );
}

/** A connection that is there, and says nothing any more. */
async function freezeListener(victim: Victim): Promise<void> {
  let frozen: number[] = [];
  await asAdversary(victim.url, async (sql) => {
    const rows = await sql<{ pid: number }[]>`
      select pid from pg_stat_activity where application_name = 'predraft listener' and state = 'idle'`;
    frozen = rows.map((row) => row.pid);
  });
  for (const pid of frozen) signal(pid, "SIGSTOP");
  try {
    await delay(spell(victim));
  } finally {
    for (const pid of frozen) signal(pid, "SIGCONT");
  }
}

/** A session that has ended meanwhile is none to stop. */
function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

export const harming: Record<Harm, (victim: Victim) => Promise<void>> = {
  kill: (victim) => end(victim, "kill", victim.draw.between(100, 1_500)),
  term: (victim) => end(victim, "term", victim.draw.between(0, 500)),
  restart: (victim) => restart(victim, "fast"),
  crash: (victim) => restart(victim, "immediate"),
  terminate,
  exhaust,
  lock,
  idle,
  deafen,
  freeze_listener: freezeListener,
  freeze_worker: (victim) => victim.fleet.freeze(place(victim), spell(victim)),
};
