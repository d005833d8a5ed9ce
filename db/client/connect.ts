import postgres from "postgres";
import { PredraftError } from "../../src/errors.ts";

/** A client of the database, as all of predraft's TypeScript uses it. */
export type Sql = postgres.Sql;

/** Options of a client, each with the default that suits a worker. */
export interface ClientOptions {
  /** Connections at most; 10. */
  readonly max?: number;
  /** Shown in pg_stat_activity; `predraft`. */
  readonly applicationName?: string;
  /**
   * Whether queries are prepared once and then used by name; false. It saves a worker's queries a round trip, and is not
   * possible through a pooler in transaction mode.
   */
  readonly prepare?: boolean;
  /** Receives warnings that our triggers raise. */
  readonly onNotice?: (message: string) => void;
}

/** Makes a client; connects at the first query. TCP keepalives are short, so that a lost server is noticed in seconds. */
export function connect(url: string, options: ClientOptions = {}): Sql {
  return postgres(url, {
    max: options.max ?? 10,
    prepare: options.prepare ?? false,
    keep_alive: 5,
    connect_timeout: 10,
    backoff: reconnectSeconds,
    onnotice: (notice) => options.onNotice?.(String(notice["message"] ?? "")),
    connection: { application_name: options.applicationName ?? "predraft" },
  });
}

/** Seconds until the next try to connect: a database that is back is noticed within one. */
export const reconnectSeconds = (attempt: number): number => Math.min(attempt * 0.1, 1);

/** The address without its password, fit to be printed. */
export function describeAddress(url: string): string {
  try {
    const parsed = new URL(url);
    return `${parsed.hostname || "localhost"}:${parsed.port || "5432"}${parsed.pathname}`;
  } catch {
    return "(address not readable)";
  }
}

/** Turns what went wrong while connecting into one clear error, `database_unreachable`; passes other errors on. */
export function asUnreachable(error: unknown, url: string): unknown {
  const code = (error as { code?: unknown }).code;
  const reasons: Record<string, string> = {
    ECONNREFUSED: "nothing listens there: is Postgres running, and is the port right?",
    ENOTFOUND: "the host name is not known: check it in DATABASE_URL",
    EAI_AGAIN: "the host name could not be looked up: check DATABASE_URL and your network",
    CONNECT_TIMEOUT: "no answer in 10 s: is a firewall in the way?",
    ETIMEDOUT: "no answer: is a firewall in the way?",
    ECONNRESET: "the connection was cut: does the server want TLS (?sslmode=require)?",
    "28P01": "the password is not accepted: check the user and password in DATABASE_URL",
    "28000": "the server refuses this user from here: check pg_hba.conf",
    "53300":
      "it has no connection free: raise max_connections, or end what holds them (pg_stat_activity shows it)",
    "57P01": "the server ended the connection: it is being stopped or restarted; try again",
    "57P02": "the server crashed and is being restarted; try again",
    "57P03": "the server is starting up or shutting down; try again",
    "3D000": "that database does not exist: create it with createdb, or correct DATABASE_URL",
  };
  const hint = typeof code === "string" ? reasons[code] : undefined;
  if (hint === undefined) return error;
  return new PredraftError(`Cannot reach the database at ${describeAddress(url)} (${code})`, {
    code: "database_unreachable",
    retryable: true,
    hint,
    cause: error,
  });
}
