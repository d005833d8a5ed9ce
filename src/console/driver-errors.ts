import { isConnectionFault } from "../../db/client/error-codes.ts";
import type { Logger } from "../log.ts";
import { reportError } from "./report-error.ts";

/**
 * Keeps the process alive through one known defect: postgres.js 3.4 throws outside of any promise when a connection dies at the
 * wrong moment (porsager/postgres issues 1066, 1154, 1208). The query is lost with its connection, which everything here is
 * built to survive; `renew` makes new connections. Its look-up of types, which it doesn't await, rejects with whatever the socket
 * met. A terminal that was closed is no reason to stop in the middle either. Any other uncaught error ends the process as ever.
 */
export function surviveDriverErrors(log: Logger, renew: () => void): void {
  captureConsole(log);
  process.on("uncaughtException", (error, origin) => {
    const isRejection = origin === "unhandledRejection";
    if (!isRejection && isLostTerminal(error)) return; // there is nobody to tell
    if (!isDriverError(error) && !(isRejection && isConnectionFault(error))) {
      reportError(error);
      process.exit(1);
    }
    log.warn({ from: "connection", err: error }, "a database connection broke inside the driver");
    renew();
  });
}

/**
 * graphile-worker and the drivers write to the console past any logger, with stack traces (`console.trace` for each of its workers that
 * loses its connection). Nothing of ours does, so all of it is a detail for the log.
 */
function captureConsole(log: Logger): void {
  const keep = (...said: readonly unknown[]): void =>
    log.debug({ err: said.find((one) => one instanceof Error) }, "a library wrote to the console");
  for (const method of ["trace", "error", "warn", "log"] as const) console[method] = keep;
}

// A rejection that nobody caught is the driver's if it is about a connection: every query and request of ours is awaited.
const isDriverError = (error: Error): boolean =>
  /\/postgres\/(src|cjs\/src)\/connection\.js/.test(error.stack ?? "");

const isLostTerminal = ({ code, syscall }: NodeJS.ErrnoException): boolean =>
  syscall === "write" && (code === "EPIPE" || code === "EIO");
