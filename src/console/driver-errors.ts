import type { Logger } from "../log.ts";
import { reportError } from "./report-error.ts";

/**
 * Keeps the process alive through one known defect: postgres.js 3.4 throws outside of any promise when a connection dies at the
 * wrong moment (porsager/postgres issues 1066, 1154, 1208). The query is lost with its connection, which everything here is
 * built to survive; `renew` makes new connections. Its look-up of types, which it doesn't await, rejects with whatever the socket
 * met. A terminal that was closed is no reason to stop in the middle either. Any other uncaught error ends the process as ever.
 */
export function surviveDriverErrors(log: Logger, renew: () => void): void {
  process.on("uncaughtException", (error, origin) => {
    const isRejection = origin === "unhandledRejection";
    if (!isRejection && isLostTerminal(error)) return; // there is nobody to tell
    if (!isDriverError(error) && !(isRejection && isSocketError(error))) {
      reportError(error);
      process.exit(1);
    }
    log.warn({ err: error }, "a database connection broke inside the driver");
    renew();
  });
}

const isDriverError = (error: Error): boolean =>
  /\/postgres\/(src|cjs\/src)\/connection\.js/.test(error.stack ?? "");

/** Every query and request of ours is awaited: a socket's error that nobody caught is the driver's. */
const isSocketError = ({ code, syscall }: NodeJS.ErrnoException): boolean =>
  syscall !== undefined && /^(ECONN|EPIPE|ETIMEDOUT|EHOSTUNREACH)/.test(code ?? "");

const isLostTerminal = ({ code, syscall }: NodeJS.ErrnoException): boolean =>
  syscall === "write" && (code === "EPIPE" || code === "EIO");
