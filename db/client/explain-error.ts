import { PredraftError } from "../../src/errors.ts";
import { describeAddress } from "./address.ts";

const authority =
  "the server's certificate is from an authority that is not known here: name the authority's file by ?sslrootcert=FILE, or encrypt without checking: ?sslmode=no-verify";

/** What to do about an error that stands between us and the database, by its code. */
const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nothing listens there: is Postgres running, and is the port right?",
  ENOTFOUND: "the host name is not known: check it in DATABASE_URL",
  EAI_AGAIN: "the host name could not be looked up: check DATABASE_URL and your network",
  CONNECT_TIMEOUT: "no answer in time (connect_timeout): is a firewall in the way?",
  ETIMEDOUT: "no answer: is a firewall in the way?",
  EHOSTUNREACH: "no way leads there: check the host in DATABASE_URL and your network",
  ENETUNREACH: "no way leads there: check the host in DATABASE_URL and your network",
  ECONNRESET:
    "the server cut the connection: is it Postgres that listens there, and does a proxy in between let us through?",
  CONNECTION_CLOSED: "the server closed the connection; try again",
  database_stuck: "the server took the connection and does not answer; try again",
  ENOENT:
    "there is no such socket: is Postgres running, and is host= the directory of its unix_socket_directories?",
  EACCES: "the socket may not be used by this user: check the directory's rights",
  NO_FITTING_HOST:
    "none of the servers is what target_session_attrs asks for: check the list in DATABASE_URL",
  TLS_NOT_OFFERED:
    "the server does not encrypt: turn TLS on there (ssl = on), or, on a network that you trust, use ?sslmode=prefer",
  SELF_SIGNED_CERT_IN_CHAIN: authority,
  DEPTH_ZERO_SELF_SIGNED_CERT: authority,
  UNABLE_TO_GET_ISSUER_CERT: authority,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: authority,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: authority,
  CERT_HAS_EXPIRED: "the server's certificate has expired: renew it there",
  CERT_NOT_YET_VALID: "the server's certificate is not valid yet: check the clocks of both machines",
  CERT_REVOKED: "the server's certificate has been revoked (sslcrl)",
  ERR_TLS_CERT_ALTNAME_INVALID:
    "the server's certificate is for another host name: use that name in DATABASE_URL, or check the authority alone: ?sslmode=verify-ca",
  "08P01":
    "a pooler or proxy in between does not take a parameter of the address: remove what stands after ? in DATABASE_URL",
  "28P01": "the password is not accepted: check the user and password in DATABASE_URL",
  "28000": "the server refuses this user from here: check the user in DATABASE_URL, and pg_hba.conf",
  "53300":
    "it has no connection free: raise max_connections, or end what holds them (pg_stat_activity shows it)",
  "57P01": "the server ended the connection: it is being stopped or restarted; try again",
  "57P02": "the server crashed and is being restarted; try again",
  "57P03": "the server is starting up or shutting down; try again",
  "3D000": "that database does not exist: create it with createdb, or correct DATABASE_URL",
};

/** What the server's words tell beyond a code that means several things. */
const byWords: readonly (readonly [RegExp, string])[] = [
  [/no encryption|SSL off/, "the server takes encrypted connections only: use ?sslmode=require"],
  [/SSL encryption|SSL on/, "the server takes no encrypted connection of this user: use ?sslmode=disable"],
  [/client certificate/, "the server wants a certificate of ours: name it by ?sslcert=FILE&sslkey=FILE"],
];

/** Turns what went wrong while connecting into one clear error, `database_unreachable`; passes other errors on. */
export function asUnreachable(error: unknown, url: string): unknown {
  const hint = unreachableHint(error);
  if (hint === undefined) return error;
  const { code } = error as { code: string };
  return new PredraftError(`Cannot reach the database at ${describeAddress(url)} (${code})`, {
    code: "database_unreachable",
    retryable: true,
    hint,
    cause: error,
  });
}

function unreachableHint(error: unknown): string | undefined {
  const { code, message, inTls } = error as { code?: unknown; message?: string; inTls?: boolean };
  if (error instanceof PredraftError && code !== "database_stuck") return undefined;
  if (code === "TLS_FILE") return message;
  if (typeof code !== "string") return undefined;
  const worded = code === "28000" ? byWords.find(([words]) => words.test(message ?? ""))?.[1] : undefined;
  const known = worded ?? reasons[code];
  if (known !== undefined || !(inTls || code.startsWith("ERR_SSL"))) return known;
  return "TLS could not be agreed on: check sslmode, the certificates, and ssl_min_protocol_version on both sides";
}

/** What an error of the database means for a person, by the beginning of its code; the longest that fits counts. */
const meanings: readonly (readonly [string, string, string])[] = [
  ["08", "The connection to the database was lost", "try again; `predraft doctor` says how the database is"],
  [
    "25006",
    "The database takes no writes",
    "it is a standby, or read-only: point DATABASE_URL at the primary, or try again after the failover",
  ],
  ["28", "The database refuses this login", "check the user and password in DATABASE_URL"],
  ["40", "Other transactions came first each time", "try again"],
  [
    "42501",
    "The database's role lacks a right",
    "grant it, or name another role in DATABASE_URL; `predraft doctor` lists the rights that are missing",
  ],
  ["3F", "Something of predraft's is not in this database", "run `predraft migrate`"],
  [
    "42",
    "Something of predraft's is not in this database as this version expects it",
    "run `predraft migrate`; `predraft doctor` says what is different",
  ],
  ["53100", "The database's disk is full", "free space on the server, and try again"],
  ["53", "The database has run out of memory or connections", "try again when it is less busy"],
  [
    "55P03",
    "A table is held by another transaction",
    "try again when it has ended (pg_stat_activity shows it)",
  ],
  [
    "57014",
    "The database cancelled a statement",
    "raise statement_timeout for this role, or try again when the server is less busy",
  ],
  ["57", "The database is stopping or starting", "try again in a moment"],
  ["58", "The database's files cannot be read or written", "look into the server's log"],
];

/** Codes whose message names objects of the schema only; others' can quote a row. */
const quotesNoRow = /^(25|28|3F|42|53|55|57)/;

/** Turns an error of the database into one that a person can read, `database_failed`; passes others on. */
export function asReadable(error: unknown): unknown {
  if (error instanceof PredraftError || !(error instanceof Error)) return error;
  const code = String((error as { code?: unknown }).code);
  if (!/^[0-9A-Z]{5}$/.test(code) || !("severity" in error)) {
    const hint = unreachableHint(error);
    if (hint === undefined) return error;
    return failed(`The connection to the database was lost (${code})`, hint, error);
  }
  const [, what, todo] = meanings
    .toSorted(([a], [b]) => b.length - a.length)
    .find(([start]) => code.startsWith(start)) ?? [
    "",
    "The database refused a statement",
    "`predraft doctor` says how the database is; with LOG_LEVEL=debug the command says where it was",
  ];
  return failed(`${what}${quotesNoRow.test(code) ? `: ${error.message}` : ""} (${code})`, todo, error);
}

const failed = (message: string, hint: string, cause: unknown): PredraftError =>
  new PredraftError(message, { code: "database_failed", hint, cause });
