import type { Sql } from "../../../db/client/connect.ts";
import { inFull, type PredraftError } from "../../errors.ts";
import type { Breaker, BreakerEvents } from "../../llm/breaker.ts";
import { type Chain, targetOf } from "../../llm/chain.ts";
import { ModelError } from "../../llm/errors/model-error.ts";
import type { Provider } from "../../llm/provider.ts";
import type { Logger } from "../../log.ts";

/** How long `predraft.health` shows an outage whose worker is gone. */
const leaseMs = 10_000;
/** If one process finds a service down and another finds it up, the latter takes over so often what the former has dropped. */
const rescueMs = 2_000;
const batchSize = 10_000;

/** Tells of outages, has a row try whether they are over, and has what was left provisional drafted when they are. */
export interface Outages {
  readonly events: BreakerEvents;
  /** To be called every second or so, with the chain as it is. */
  look(chain: Chain): Promise<void>;
}

/** `predraft.health` tells of an outage at once. The log of the first process that finds it tells of it once. */
export function createOutages(sql: Sql, patientSql: Sql, log: Logger): Outages {
  /** Outages of this process that are in the database. */
  const told = new Set<string>();
  const recovering = new Set<string>();
  const foreignSince = new Map<string, number>();
  let rescuedAt = Number.NEGATIVE_INFINITY;

  const tell = async (provider: Provider, error: PredraftError): Promise<void> => {
    const target = targetOf(provider);
    const [row] = await sql<{ news: boolean }[]>`
      select coalesce(g.paused_until <= clock_timestamp() or g.paused_until is null, true) as news,
        predraft.pause_provider(${target}, ${leaseMs}, ${inFull(error)})
      from (select) one left join predraft.gate g on g.provider = ${target}`;
    told.add(target);
    if (row?.news) log.warn({ provider: target, code: error.code }, error.message);
  };

  /** If the database is away, this is tried again at the next look: what is provisional has no job, and would wait for the sweep. */
  const recoverAll = async (): Promise<void> => {
    for (const target of recovering) {
      told.delete(target);
      await sql`select predraft.end_pause(${target})`;
      const upgrades = await enqueueAll(patientSql);
      recovering.delete(target);
      log.info({ provider: target, upgrades }, "the model's service is up again");
    }
  };

  const lookAtOpen = async (breaker: Breaker): Promise<void> => {
    const target = targetOf(breaker.provider);
    const [row] = await sql<{ stands: boolean }[]>`
      select predraft.prolong_pause(${target}, ${leaseMs}) as stands`;
    if (told.has(target) && !row?.stands && !breaker.isClosed) breaker.reset();
  };

  /** While this process is served well, it takes over what another one gave up: the outage may be that one's own trouble. */
  const lookAtForeign = async (breaker: Breaker): Promise<void> => {
    const target = targetOf(breaker.provider);
    const [row] = await sql`
      select from predraft.gate where provider = ${target} and paused_until > clock_timestamp()`;
    if (row === undefined) return void foreignSince.delete(target);
    const since = foreignSince.get(target) ?? performance.now();
    foreignSince.set(target, since);
    if (breaker.succeededAt < since || performance.now() - rescuedAt < rescueMs) return;
    rescuedAt = performance.now();
    await enqueueAll(patientSql);
  };

  /** One after the other, as they happened. */
  let last: Promise<void> = Promise.resolve();
  const later = (work: () => Promise<void>): void => {
    last = last.then(work).catch((error: unknown) => log.warn({ err: error }, "an outage was not told of"));
  };

  return {
    events: {
      onOpen: (provider, error) => later(() => tell(provider, error)),
      onClose(provider) {
        recovering.add(targetOf(provider));
        later(recoverAll);
      },
      onTested(provider, error) {
        const code = error instanceof ModelError ? error.code : error === undefined ? undefined : "unknown";
        const told =
          error === undefined ? "it answers: single contents are to blame" : "it fails that as well";
        log.info(
          { provider: targetOf(provider), code },
          `the model's service was asked a test question; ${told}`,
        );
      },
    },
    async look({ breakers, current }) {
      const recovered = last.then(recoverAll);
      last = recovered.catch(() => undefined);
      await recovered;
      for (const breaker of breakers) {
        if (!breaker.provider.remote) continue;
        await (breaker.isClosed ? lookAtForeign(breaker) : lookAtOpen(breaker));
      }
      const isDown = breakers.every(({ isClosed }) => !isClosed);
      if (isDown && current().admits) await sql`select predraft.enqueue_upgrades(1)`;
    },
  };
}

async function enqueueAll(sql: Sql): Promise<number> {
  let enqueued = 0;
  for (let added = batchSize; added >= batchSize; enqueued += added) {
    const [row] = await sql<{ added: number }[]>`select predraft.enqueue_upgrades(${batchSize}) as added`;
    added = row?.added ?? 0;
  }
  return enqueued;
}
