import type { Config } from "../config.ts";
import { findDatabase } from "../console/database.ts";
import { surviveDriverErrors } from "../console/driver-errors.ts";
import type { Output } from "../console/output.ts";
import { awaitShutdown, type Shutdown, unlessAsked } from "../console/shutdown.ts";
import type { Logger } from "../log.ts";
import { createHealthApp } from "../worker/health-app.ts";
import { serve } from "../worker/serve.ts";
import { startWorker, type Worker } from "../worker/worker.ts";

/**
 * Runs a worker on a migrated database until a signal comes; throws if another version migrates the database. The worker's state is
 * served on `healthPort`; 0 takes a free port.
 */
export async function runWorker(
  config: Config,
  log: Logger,
  out: Output,
  healthPort: number | undefined,
): Promise<void> {
  let worker: Worker | undefined;
  surviveDriverErrors(log, () => worker?.renewConnections());
  const shutdown = awaitShutdown();
  const address = findDatabase(config, (note) => log.info(note));
  const health = createHealthApp(async () => {
    if (worker !== undefined && !shutdown.asked()) return await worker.health();
    return [{ check: "worker", ok: false, detail: shutdown.asked() ? "stopping" : "starting" }];
  });
  const served =
    healthPort === undefined ? undefined : await serve(health, { host: config.httpHost, port: healthPort });
  if (served !== undefined) out.line(`health: http://${served.address}/readyz`);
  try {
    worker = await unlessAsked(
      shutdown,
      startWorker({ config, log, url: address.url, directUrl: address.directUrl }),
    );
    if (worker !== undefined) await work(worker, shutdown, out);
    out.line("stopped");
  } finally {
    await served?.close();
  }
}

async function work(worker: Worker, shutdown: Shutdown, out: Output): Promise<void> {
  const { name, model } = worker.provider();
  out.line(`worker running: provider ${name}, model ${model}`);
  const reason = await Promise.race([shutdown.signal, worker.outdated]);
  out.line(`${typeof reason === "string" ? reason : "the database was migrated"}: stopping`);
  await worker.stop();
  if (typeof reason !== "string") throw reason;
}
