import { randomUUID } from "node:crypto";
import { pino } from "pino";
import type postgres from "postgres";
import { expect } from "vitest";
import { startWorker, type Worker } from "../../src/worker/worker.ts";
import { attach, detach, type HostDatabase, test } from "../attach/fixtures.ts";
import { catalogue } from "../helpers/catalogue.ts";
import { answer, type ModelServer, startModelServer } from "../helpers/model-server.ts";
import { workerConfig } from "../helpers/rig.ts";
import { until } from "../helpers/until.ts";
import { Life } from "./life.ts";
import { type Case, topic, topicOf } from "./marketplace.ts";
import { startWitness } from "./witness.ts";

/** Interactions of the run; `npm run host-run` takes the 2,000 of the issue. */
const size = Number(process.env["PREDRAFT_HOST_RUN"] ?? 400);
const rounds = 4;

/** Answers name the words that they answer. */
function answerToTopic(model: ModelServer): void {
  model.script(({ messages }) => {
    const about = topicOf(messages.slice(1).join(" "));
    return about && answer({ text: `Здравствуйте! Отвечаем: ${topic(about.n, about.version)}.` });
  });
}

const start = (host: HostDatabase, model: ModelServer): Promise<Worker> =>
  startWorker({
    config: workerConfig(model),
    url: host.url,
    directUrl: host.url,
    log: pino({ level: "silent" }),
  });

/** Limits that would only make the run long; set by the host as settings. */
const settings = { ai_draft_delay_seconds: "0", ai_draft_batch_size: "0", ai_draft_daily_limit: "100000" };

const settingsOf = (sql: postgres.Sql) => sql`select key, value from public.runtime_settings order by key`;

/** Lends the address of a role that has rights on the host's own tables only. */
async function withRole(host: HostDatabase, work: (url: string) => Promise<void>): Promise<void> {
  const name = `application_${randomUUID().replaceAll("-", "")}`;
  await host.sql.unsafe(`
    create role ${name} login password 'secret';
    grant select, insert, update, delete on all tables in schema public to ${name};
    grant usage on all sequences in schema public to ${name}`);
  const url = new URL(host.url);
  [url.username, url.password] = [name, "secret"];
  try {
    await work(url.href);
  } finally {
    await host.sql.unsafe(`drop owned by ${name}; drop role ${name}`);
  }
}

/** Content versions for which more than one generation was paid. */
const generationsPaidTwice = (sql: postgres.Sql) => sql`
  select interaction_id, content_hash, count(*)::int as paid from predraft.drafts
  where source = 'llm' group by 1, 2 having count(*) > 1`;

/** Open rows without a final draft of their content as it is, those of `except` left out. */
const unfinished = (sql: postgres.Sql, except: readonly number[] = []) => sql<{ id: number }[]>`
  select i.id from public.interactions i cross join lateral (select i.metadata -> 'last_ai_draft' as d offset 0) x
  where i.needs_response and i.status <> 'responded' and i.id <> all(${[...except]}::int[])
    and (d ->> 'content_hash' is distinct from predraft.content_hash(i.channel, i.rating, i.text, null, case when i.channel = 'chat' then i.occurred_at end)
      or d ->> 'provisional' is distinct from 'false')`;

const finished = (sql: postgres.Sql, except: readonly number[] = []) =>
  until(async () => (await unfinished(sql, except)).length === 0, {
    what: `every open interaction but ${except.length} has a final draft`,
    timeoutMs: 60_000 + size * 50,
  });

/** Waits until a lock on the host's table is asked for in vain, or `over`. */
const waitsForTheHost = (sql: postgres.Sql, over: () => boolean) =>
  until(
    async () =>
      over() ||
      (await sql`select from pg_locks where not granted and relation = 'public.interactions'::regclass`)
        .length > 0,
    { what: "it waits for the host's transaction" },
  );

/** Syncs so many pages; the first stays locked until `work`, begun meanwhile, has come to wait for it. */
async function duringSync<T>(
  life: Life,
  sql: postgres.Sql,
  round: number,
  work: () => Promise<T>,
  pages?: number,
): Promise<T> {
  let working: Promise<T> | undefined;
  let over = false;
  await life.syncAll(
    round,
    async () => {
      if (working !== undefined) return;
      working = work().finally(() => {
        over = true;
      });
      working.catch(() => undefined); // awaited below
      await waitsForTheHost(sql, () => over);
    },
    pages,
  );
  return await (working as Promise<T>);
}

/**
 * Buyers for whom more was paid than they said, by the service's own journal. A chat's lines are committed before its
 * interaction, so that a call for a line may have read the next one, too: chats are counted whole.
 */
function paidTooOften(model: ModelServer, cases: readonly Case[]): unknown[] {
  const calls = model.billed().map(({ messages }) => topicOf(messages.slice(1).join(" ")));
  return cases.flatMap((one) => {
    const about = calls.filter((call) => call?.n === one.n);
    const versions = new Set(about.map((call) => call?.version));
    const most = one.kind === "chat" ? one.version : versions.size;
    return about.length > most ? [{ n: one.n, said: one.version, paid: about }] : [];
  });
}

test(`${size} interactions of the issue's host live through attach, syncs, edits, replies, deletions and detach`, {
  timeout: 60_000 + size * 200,
}, async ({ host }) => {
  const { sql } = host;
  const model = await startModelServer();
  answerToTopic(model);
  await sql`delete from public.interactions`;
  const before = { catalogue: await catalogue(sql), settings: await settingsOf(sql) };
  await withRole(host, async (url) => {
    const life = new Life(url);
    const witness = startWitness(host.connect());
    const workers: Worker[] = [];
    try {
      await life.arrive(Math.floor(size * 0.6), true);
      expect(await duringSync(life, sql, 0, () => attach(host, { yes: true }))).toMatch(/jobs added/);
      await witness.hashes(true);
      for (const [key, value] of Object.entries(settings))
        await sql`insert into public.runtime_settings (key, value) values (${key}, ${value})`;
      workers.push(await start(host, model), await start(host, model));
      for (let round = 1; round <= rounds; round += 1) {
        life.goOn(round);
        let nth = 0;
        await life.syncAll(round, async (held) => {
          nth += 1;
          // The page stays locked for as long as all the others take.
          if (nth === round) await finished(sql, held);
        });
        await life.arrive(Math.floor((size * 0.4) / rounds));
      }
      await finished(sql);
      expect(paidTooOften(model, life.cases)).toEqual([]);
      expect(await generationsPaidTwice(sql)).toEqual([]);
      expect(model.billed().length).toBeGreaterThan(size / 2);
      await Promise.all(workers.map((worker) => worker.stop()));
      await witness.hashes(false);
      // One page: a sync that goes on would write back the drafts of what it has read before.
      await duringSync(life, sql, rounds + 1, () => detach(host, { dropDrafts: true }), 1);
      await life.syncAll(rounds + 2, async () => undefined);
      expect(life.written).toBeGreaterThan(size * rounds);
    } finally {
      await Promise.all(workers.map((worker) => worker.stop()));
      await life.end();
      const { looks, stale, blocked } = await witness.end();
      expect({ stale, blocked }).toEqual({ stale: [], blocked: [] });
      expect(looks).toBeGreaterThan(10);
      await model.stop();
    }
  });
  expect(await catalogue(sql)).toEqual(before.catalogue);
  expect(await settingsOf(sql)).toEqual(before.settings);
  expect(await sql`select id from public.interactions where metadata::text ~ '"content_hash"'`).toEqual([]);
});
