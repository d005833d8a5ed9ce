import pg from "pg";
import postgres from "postgres";
import { parseAddress } from "./address.ts";
import { pgOptions, postgresOptions, startupOptions } from "./driver-options.ts";
import { asUnreachable } from "./explain-error.ts";
import { fittingHosts } from "./fitting-host.ts";

/** A client of the database, as all of predraft's TypeScript uses it. */
export type Sql = postgres.Sql;

/** Options of a client, each with the default that suits a worker. */
export interface ClientOptions {
  /** Connections at most; 10. */
  readonly max?: number;
  /** Shown in pg_stat_activity unless the address names another; `predraft`. */
  readonly applicationName?: string;
  /** In place of the address's database. */
  readonly database?: string;
  /**
   * Whether queries are prepared once and then used by name; false. It saves a worker's queries a round trip, and is not
   * possible through a pooler in transaction mode.
   */
  readonly prepare?: boolean;
  /** Receives warnings that our triggers raise. */
  readonly onNotice?: (message: string) => void;
  /** A connection has been closed. */
  readonly onClose?: () => void;
  /** Whether a connection is kept for good instead of being made anew after half an hour or more; false. */
  readonly forGood?: boolean;
}

/** Makes a client; connects at the first query. TCP keepalives are short, so that a lost server is noticed in seconds. */
export function connect(url: string, options: ClientOptions = {}): Sql {
  const address = parseAddress(url);
  return postgres({
    ...postgresOptions(address, fittingHosts),
    ...(options.database !== undefined && { database: options.database }),
    max: options.max ?? 10,
    prepare: options.prepare ?? false,
    backoff: reconnectSeconds,
    onnotice: (notice) => options.onNotice?.(String(notice["message"] ?? "")),
    ...(options.onClose && { onclose: options.onClose }),
    ...(options.forGood && { max_lifetime: null }),
    connection: sessionOf(url, options.applicationName ?? "predraft"),
  });
}

/** A pool of the other driver, for graphile-worker. `onLost` is called for connections that break, idle or in use. */
export function createPool(
  url: string,
  max: number,
  applicationName: string,
  onLost: (error: Error) => void,
): pg.Pool {
  const pool = new pg.Pool({
    ...pgOptions(parseAddress(url), fittingHosts),
    max,
    ...sessionOf(url, applicationName),
  });
  pool.on("error", onLost);
  pool.on("connect", (client) => client.on("error", onLost));
  return pool;
}

/** Addresses whose pooler takes no settings when a session begins. */
const withoutSettings = new Set<string>();

/** What the server is told when a session begins: ours run in the isolation that they are written for, whatever the default. */
function sessionOf(url: string, applicationName: string): { application_name: string; options?: string } {
  const address = parseAddress(url);
  const ours = withoutSettings.has(url) ? {} : { default_transaction_isolation: "read committed" };
  const options = startupOptions({ ...address.session, ...ours });
  return {
    application_name: address.applicationName ?? applicationName,
    ...(options !== "" && { options }),
  };
}

/**
 * Connects once, before anything else does, and learns whether settings can be sent along: PgBouncer refuses them.
 * Throws `database_unreachable`.
 */
export async function reach(url: string): Promise<void> {
  try {
    await tryOnce(url);
  } catch (error) {
    if (!refusesSettings(error) || withoutSettings.has(url)) throw asUnreachable(error, url);
    withoutSettings.add(url);
    await tryOnce(url).catch((again: unknown) => {
      throw asUnreachable(again, url);
    });
  }
}

async function tryOnce(url: string): Promise<void> {
  const sql = connect(url, { max: 1, applicationName: "predraft probe" });
  try {
    await sql`select`;
  } finally {
    await sql.end({ timeout: 1 }).catch(() => undefined);
  }
}

const refusesSettings = (error: unknown): boolean => {
  const { code, message } = error as { code?: unknown; message?: unknown };
  return code === "08P01" && /startup parameter/.test(String(message));
};

/** Seconds until the next try to connect: a database that is back is noticed within one. */
const reconnectSeconds = (attempt: number): number => Math.min(attempt * 0.1, 1);
