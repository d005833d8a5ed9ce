import { userInfo } from "node:os";
import { kindOf, sessionParameters } from "./parameters.ts";
import { readTls, type Tls } from "./tls-mode.ts";
import { decode, invalid, numberOf, oneOf, type Parameters, unreadable } from "./values.ts";

/** One server of an address. */
export interface Host {
  /** A name, an IP address, or the directory of a Unix socket. */
  readonly name: string;
  /** An IP address to connect to in place of the name, which the certificate is still checked against. */
  readonly address: string | undefined;
  readonly port: number;
}

const sessionAttributes = ["any", "read-write", "read-only", "primary", "standby", "prefer-standby"] as const;
export type SessionAttributes = (typeof sessionAttributes)[number];

/** A connection string as predraft understands it: everything that both drivers are told comes from here. */
export interface Address {
  readonly hosts: readonly Host[];
  readonly user: string;
  readonly password: string;
  readonly database: string;
  readonly tls: Tls;
  /** Which of several servers to take. */
  readonly sessionAttributes: SessionAttributes;
  readonly shuffle: boolean;
  /** For each host, milliseconds. */
  readonly connectTimeoutMs: number;
  /** Seconds of silence before TCP asks whether the other side is there; 0: never. */
  readonly keepaliveSeconds: number;
  readonly applicationName: string | undefined;
  /** Settings that the server is told when a session begins. */
  readonly session: Readonly<Record<string, string>>;
  /** What was left out or done otherwise, a line each, for a person. */
  readonly notes: readonly string[];
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads a connection string of the form `postgres://user:password@host,host:port/database?parameters` as libpq does. `PGHOST`,
 * `PGPORT`, `PGUSER`, `PGPASSWORD` and `PGDATABASE` fill in what it leaves out. Throws `config_invalid` with one line that holds no
 * value of the string.
 */
export function parseAddress(url: string, env: Environment = process.env): Address {
  const { authority, path, query } = split(url);
  const given = new Map(query.map(([name, value]) => [name, value]));
  const notes = sort(given);
  const { user, password, hosts } = readAuthority(authority);
  const who = given.get("user") || user || env["PGUSER"] || userInfo().username;
  const tls = readTls(given);
  return {
    hosts: readHosts(hosts, given, env),
    user: who,
    password: given.get("password") || password || env["PGPASSWORD"] || "",
    database: given.get("dbname") || path || env["PGDATABASE"] || who,
    tls,
    sessionAttributes: oneOf(given, "target_session_attrs", sessionAttributes) ?? "any",
    shuffle: oneOf(given, "load_balance_hosts", ["disable", "random"]) === "random",
    connectTimeoutMs: readTimeout(given),
    keepaliveSeconds: given.get("keepalives") === "0" ? 0 : (numberOf(given, "keepalives_idle") ?? 0) || 5,
    applicationName: given.get("application_name") || given.get("fallback_application_name"),
    session: readSession(given),
    notes: [...notes, ...tls.notes],
  };
}

/** The address without user, password and parameters, fit to be printed. */
export function describeAddress(url: string): string {
  try {
    const { hosts, database } = parseAddress(url);
    const names = hosts.map(({ name, port }) => `${name.includes(":") ? `[${name}]` : name}:${port}`);
    return `${names.join(",")}/${database}`;
  } catch {
    return "(address not readable)";
  }
}

function split(url: string): { authority: string; path: string; query: (readonly [string, string])[] } {
  const parts = /^postgres(?:ql)?:\/\/([^/?]*)(?:\/([^?]*))?(?:\?(.*))?$/s.exec(url);
  if (parts === null) throw invalid(unreadable);
  const query = (parts[3] ?? "").split("&").filter((pair) => pair !== "");
  return {
    authority: parts[1] ?? "",
    path: decode(parts[2] ?? ""),
    query: query.map((pair) => {
      const at = pair.indexOf("=");
      if (at < 1) throw invalid("a parameter after ? has the form name=value");
      return [decode(pair.slice(0, at)), decode(pair.slice(at + 1))] as const;
    }),
  };
}

function readAuthority(authority: string): { user: string; password: string; hosts: string } {
  const at = authority.lastIndexOf("@");
  const userinfo = authority.slice(0, Math.max(at, 0));
  const colon = userinfo.indexOf(":");
  return {
    user: decode(colon < 0 ? userinfo : userinfo.slice(0, colon)),
    password: colon < 0 ? "" : decode(userinfo.slice(colon + 1)),
    hosts: authority.slice(at + 1),
  };
}

function readHosts(listed: string, given: Parameters, env: Environment): Host[] {
  const written = listed.split(",").map((host) => {
    const parts = /^(?:\[([^\]]*)\]|([^:[\]]*))(?::([0-9]*))?$/.exec(host);
    if (parts === null) throw invalid(unreadable);
    return { name: decode(parts[1] ?? parts[2] ?? ""), port: parts[3] ?? "" };
  });
  const names = list(given.get("host")) ?? (listed === "" ? list(env["PGHOST"]) : undefined);
  const addresses = list(given.get("hostaddr"));
  const ports = list(
    given.get("port") || (written.every(({ port }) => port === "") ? env["PGPORT"] : undefined),
  );
  const count = (names ?? (listed === "" ? addresses : undefined) ?? written).length;
  for (const other of [addresses, ports]) {
    if (other !== undefined && other.length !== 1 && other.length !== count)
      throw invalid("hosts, hostaddr and ports are lists of one length");
  }
  return Array.from({ length: count }, (_, n) => {
    const address = addresses?.[addresses.length === 1 ? 0 : n] || undefined;
    const port = ports?.[ports.length === 1 ? 0 : n] || written[n]?.port || "5432";
    return {
      name: names?.[n] || written[n]?.name || address || "localhost",
      address,
      port: portOf(port),
    };
  });
}

const list = (text: string | undefined): string[] | undefined => (text ? text.split(",") : undefined);

function portOf(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw invalid(unreadable);
  return port;
}

/** Refuses parameters that nobody knows, and answers with a line for those that are left out. */
function sort(given: Parameters): string[] {
  const names = [...given.keys()];
  const unknown = names.filter((name) => kindOf(name) === "unknown");
  if (unknown.length > 0)
    throw invalid(
      `predraft does not know the parameter ${unknown.map(printable).join(", ")}: remove it; a setting of the server goes into ?options=-c%20name%3Dvalue`,
    );
  const leftOut = names.filter((name) => kindOf(name) === "left out");
  return leftOut.length === 0
    ? []
    : [`${leftOut.join(", ")} in the database's address: left out, it changes nothing for predraft`];
}

/** A parameter's name is no secret, unless a password's unescaped & made one of its end. */
const printable = (name: string): string => (/^[a-zA-Z_]{2,40}$/.test(name) ? name : "(of an odd name)");

function readTimeout(given: Parameters): number {
  const seconds = numberOf(given, "connect_timeout") ?? 10;
  return (seconds === 0 ? 600 : Math.max(seconds, 2)) * 1_000;
}

function readSession(given: Parameters): Record<string, string> {
  const encoding = (given.get("client_encoding") ?? "utf8").toLowerCase().replaceAll("-", "");
  if (!["utf8", "unicode", "auto"].includes(encoding))
    throw invalid("client_encoding: predraft speaks UTF8 only");
  return Object.fromEntries(
    sessionParameters.flatMap((name) => (given.get(name) ? [[name, given.get(name) as string]] : [])),
  );
}
