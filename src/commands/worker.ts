import type { Config } from "../config.ts";
import type { Logger } from "../log.ts";
import { startWorker, type Worker } from "../worker/worker.ts";
import { findDatabase } from "./database.ts";
import { surviveDriverErrors } from "./driver-errors.ts";
import type { Output } from "./output.ts";
import { untilSignal } from "./shutdown.ts";

/** One more worker on a database that is migrated already; works until a signal comes, or throws when another version migrates it. */
export async function runWorker(config: Config, log: Logger, out: Output): Promise<void> {
  let worker: Worker | undefined;
  surviveDriverErrors(log, () => worker?.renewConnections());
  const signal = untilSignal();
  const address = findDatabase(config);
  worker = await startWorker({ config, log, url: address.url, directUrl: address.directUrl });
  const { name, model } = worker.provider();
  out.line(`worker running: provider ${name}, model ${model}`);
  const reason = await Promise.race([signal, worker.outdated]);
  out.line(`${typeof reason === "string" ? reason : "the database was migrated"}: stopping`);
  await worker.stop();
  out.line("stopped");
  if (typeof reason !== "string") throw reason;
}
