import { randomUUID } from "node:crypto";
import { connect, type Sql } from "../../db/client/connect.ts";
import { migrate } from "../../db/migrate/migrate.ts";
import { createLogger } from "../../src/log.ts";
import { startWorker } from "../../src/worker/worker.ts";
import { type Call, type ModelServer, startModelServer } from "../helpers/model-server.ts";
import { until } from "../helpers/until.ts";
import type { BenchCluster } from "./cluster.ts";
import type { Report } from "./report.ts";
import { spread } from "./stats.ts";

const requiredMs = 50;
/** Of each kind, uncounted. */
const warmUp = 10;

/** How the ground is taken from under a call: one statement each, `$1` is the row. */
const statements = {
  "its text changed": "update public.interactions set text = text || '.' where id = $1",
  "it was closed": "update public.interactions set status = 'responded' where id = $1",
  "it was deleted": "delete from public.interactions where id = $1",
  'its text changed with 500 others, told as "*"':
    "update public.interactions set text = text || '.' where id = $1 or seller_id = 2",
} as const;

/**
 * From the commit that changed, closed or deleted an interaction, as its client hears of it, until the model's server sees the
 * connection of the call close. A number below zero: the server saw it before the client had read its answer.
 */
export async function benchAbort(cluster: BenchCluster, options: { samples: number }): Promise<Report> {
  const url = await cluster.createDatabase("bench_abort");
  await migrate({ url });
  const host = connect(url, { max: 1, applicationName: "bench host" });
  const model = await startModelServer();
  model.hold();
  await prepare(host);
  const worker = await startWorker({
    config: {
      llm: {
        provider: "openai",
        model: "bench",
        keys: { openai: "sk-bench" },
        baseUrls: { openai: model.baseUrl },
        timeoutMs: 600_000,
      },
      shutdownGraceMs: 0,
    },
    url,
    directUrl: url,
    log: createLogger("warn"),
  });
  const samples = new Map<string, number[]>(Object.keys(statements).map((what) => [what, []]));
  try {
    for (let turn = 0; turn < warmUp + options.samples; turn += 1) {
      for (const [what, statement] of Object.entries(statements)) {
        const ms = await measure(host, model, statement);
        if (turn >= warmUp) samples.get(what)?.push(ms);
      }
    }
  } finally {
    await worker.stop();
    await model.stop();
    await host.end({ timeout: 1 });
  }
  return report(samples);
}

async function prepare(host: Sql): Promise<void> {
  await host`
    insert into public.runtime_settings (key, value) values
      ('ai_draft_delay_seconds', '0'), ('ai_draft_batch_size', '0'), ('ai_draft_daily_limit', '1000000'), ('ai_draft_max_age_days', '30')`;
  await host`insert into public.sellers (id, name) values (1, 'one'), (2, 'crowd')`;
  // Too old to be drafted: they make the statement's list too long to be told row by row.
  await host`
    insert into public.interactions (seller_id, channel, external_id, text, occurred_at)
    select 2, 'question', 'c' || n, 'вопрос ' || n, '2020-01-01' from generate_series(1, 500) n`;
}

async function measure(host: Sql, model: ModelServer, statement: string): Promise<number> {
  // Letters only: what looks like a code never leaves the process as it is.
  const word = `строка ${randomUUID().replaceAll(/[\d-]/g, (sign) => "ghijklmnop"[Number(sign)] ?? "")}`;
  const [row] = await host<{ id: string }[]>`
    insert into public.interactions (seller_id, channel, external_id, text)
    values (1, 'question', ${word}, ${word}) returning id`;
  const call = await until<Call>(() => model.calls(word)[0] as Call, { what: "the call arrives" });
  await host.unsafe(statement, [row?.id ?? ""]);
  const committed = performance.now();
  await until(() => call.endedAt, { what: "the call is aborted", timeoutMs: 10_000 });
  const ms = (call.endedAt as number) - committed;
  await host`delete from public.interactions where seller_id = 1`; // and with it the call for the new text
  return ms;
}

function report(samples: ReadonlyMap<string, readonly number[]>): Report {
  const spreads = [...samples].map(([what, values]) => ({ what, ...spread(values) }));
  return {
    name: "abort",
    lines: [
      "from the commit as its client hears it until the model's server sees the call's connection close; one at a time",
      ...spreads.map(
        ({ what, n, median, p95, max }) =>
          `${what.padEnd(48)}median ${median.toFixed(2)}  p95 ${p95.toFixed(2)}  max ${max.toFixed(2)} ms  (${n})`,
      ),
    ],
    data: { unit: "ms", abort: spreads },
    checks: spreads.map(({ what, p95 }) => ({
      what: `95% within ${requiredMs} ms where ${what}`,
      ok: p95 < requiredMs,
      found: `${p95} ms`,
    })),
  };
}
