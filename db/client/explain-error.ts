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
