import { connect, type Sql } from "../../db/client/connect.ts";
import { migrate } from "../../db/migrate/migrate.ts";
import type { Provider } from "../../src/llm/provider.ts";
import { createLogger } from "../../src/log.ts";
import { startWorker, type Worker } from "../../src/worker/worker.ts";

/** A migrated database with pace and limits off, and a client of a host's on it. */
export async function limitlessDatabase(url: string): Promise<Sql> {
  await migrate({ url });
  const host = connect(url, { max: 1, applicationName: "bench host" });
  await host`
    insert into public.runtime_settings (key, value) values
      ('ai_draft_delay_seconds', '0'), ('ai_draft_batch_size', '0'), ('ai_draft_daily_limit', '100000000')`;
  await host`insert into public.sellers (id, name) values (1, 'Лён')`;
  return host;
}

export async function setSetting(host: Sql, key: string, value: number): Promise<void> {
  await host`
    insert into public.runtime_settings (key, value) values (${key}, ${String(value)})
    on conflict (key) do update set value = excluded.value`;
}

/** A worker of this process with a provider of the benchmark's. */
export async function benchWorker(url: string, provider: Provider): Promise<Worker> {
  const llm = {
    provider: "offline",
    model: undefined,
    keys: {},
    baseUrls: {},
    timeoutMs: 600_000,
  } as const;
  return await startWorker({
    config: { llm, shutdownGraceMs: 100 },
    url,
    directUrl: url,
    log: createLogger("warn"),
    provider,
  });
}

/** Inserts open questions of ordinary priority, in statements of 10,000. */
export async function addBacklog(host: Sql, rows: number): Promise<void> {
  for (let from = 0; from < rows; from += 10_000) {
    await host`
      insert into public.interactions (seller_id, channel, external_id, text, occurred_at, priority)
      select 1, 'question', 'b-' || n, 'Какой состав у ткани? ' || n, now() - n * interval '1 second', 'normal'
      from generate_series(${from + 1}::int, ${Math.min(from + 10_000, rows)}::int) n`;
  }
}
