import { connect } from "../../db/client/connect.ts";
import { migrate } from "../../db/migrate/migrate.ts";
import { createLogger } from "../../src/log.ts";
import { startWorker } from "../../src/worker/worker.ts";
import { type BarePickUp, startBarePickUp } from "./bare-pick-up.ts";
import type { BenchCluster } from "./cluster.ts";
import { type DraftMaking, startDraftMaking } from "./draft-making.ts";
import { instantProvider } from "./instant-provider.ts";
import type { Report } from "./report.ts";
import { type Sample, spread } from "./stats.ts";

const requiredMedian = 6;
const requiredP99 = 30;
/** Of each, uncounted: connections open, plans get cached. */
const warmUp = 100;
const concurrency = 8;

/**
 * From the commit of one INSERT to its saved draft, beside the bare pick-up of an empty task, in turns. Each has a database
 * of its own, so that neither's jobs wake the other's runner.
 */
export async function benchLatency(cluster: BenchCluster, options: { samples: number }): Promise<Report> {
  const url = await cluster.createDatabase("bench_latency");
  const bareUrl = await cluster.createDatabase("bench_bare");
  await migrate({ url });
  const host = connect(url, { max: 1, applicationName: "bench host" });
  await host`
    insert into public.runtime_settings (key, value) values
      ('ai_draft_delay_seconds', '0'), ('ai_draft_batch_size', '0'), ('ai_draft_daily_limit', '1000000'),
      ('ai_draft_concurrency', ${String(concurrency)})`;
  const worker = await startWorker({
    config: {
      llm: {
        provider: "offline",
        model: undefined,
        keys: {},
        baseUrls: {},
        timeoutMs: 30_000,
      },
      shutdownGraceMs: 1_000,
    },
    url,
    directUrl: url,
    log: createLogger("warn"),
    provider: instantProvider,
  });
  const bare = await startBarePickUp(bareUrl, concurrency);
  const making = await startDraftMaking(url, host);
  try {
    return report(await inTurns(making, bare, options.samples));
  } finally {
    await making.stop();
    await bare.stop();
    await worker.stop();
    await host.end({ timeout: 1 });
  }
}

async function inTurns(making: DraftMaking, bare: BarePickUp, samples: number) {
  const drafts: Sample[] = [];
  const pickUps: Sample[] = [];
  for (let turn = 0; turn < warmUp + samples; turn += 1) {
    drafts.push(await making.measure());
    pickUps.push(await bare.measure());
  }
  return { first: drafts[0] as Sample, drafts: drafts.slice(warmUp), pickUps: pickUps.slice(warmUp) };
}

function report({ first, drafts, pickUps }: Awaited<ReturnType<typeof inTurns>>): Report {
  const draft = spread(drafts.map((sample) => sample.fromCommit));
  const pickUp = spread(pickUps.map((sample) => sample.fromCommit));
  const draftFromSend = spread(drafts.map((sample) => sample.fromSend));
  const pickUpFromSend = spread(pickUps.map((sample) => sample.fromSend));
  const line = (name: string, s: ReturnType<typeof spread>) =>
    `${name.padEnd(44)}median ${s.median.toFixed(2)}  p95 ${s.p95.toFixed(2)}  p99 ${s.p99.toFixed(2)}  max ${s.max.toFixed(2)} ms`;
  return {
    name: "latency",
    lines: [
      `one at a time, ${draft.n} of each, interleaved, after ${warmUp} uncounted ones; the provider answers at once`,
      line("commit to saved draft", draft),
      line("commit of add_job to the start of its task", pickUp),
      line("the same from sending the INSERT", draftFromSend),
      line("the same from sending add_job", pickUpFromSend),
      `the first draft after the start: ${first.fromCommit.toFixed(1)} ms`,
    ],
    data: {
      samples: draft.n,
      unit: "ms",
      draft,
      pickUp,
      draftFromSend,
      pickUpFromSend,
      firstDraft: Number(first.fromCommit.toFixed(2)),
    },
    checks: [
      {
        what: `median under ${requiredMedian} ms`,
        ok: draft.median < requiredMedian,
        found: `${draft.median} ms`,
      },
      { what: `p99 under ${requiredP99} ms`, ok: draft.p99 < requiredP99, found: `${draft.p99} ms` },
    ],
  };
}
