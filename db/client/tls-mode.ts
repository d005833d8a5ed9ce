import { invalid, oneOf, type Parameters } from "./values.ts";

const modes = ["disable", "allow", "prefer", "require", "no-verify", "verify-ca", "verify-full"] as const;
export type TlsMode = (typeof modes)[number];

/** What a connection string says about encryption. Files are read at each connection, so that they can be replaced while a worker runs. */
export interface Tls {
  readonly mode: TlsMode;
  /** TLS begins at once, without asking the server first. */
  readonly direct: boolean;
  /** The file of the authorities, or `system`; undefined: `~/.postgresql/root.crt` if it is there. */
  readonly rootCertificate: string | undefined;
  readonly certificate: string | undefined;
  readonly key: string | undefined;
  readonly keyPassword: string | undefined;
  /** Whether a certificate of ours is shown to the server. */
  readonly showsCertificate: boolean;
  readonly revoked: string | undefined;
  /** Whether the server is told which host name is asked for. */
  readonly namesHost: boolean;
  readonly minVersion: string | undefined;
  readonly maxVersion: string | undefined;
  readonly notes: readonly string[];
}

const versions = ["TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"] as const;

/** Reads what libpq documents under sslmode, with the spellings that node-postgres and postgres.js add: `ssl=…` and `no-verify`. */
export function readTls(given: Parameters): Tls {
  oneOf(given, "uselibpqcompat", ["true", "false"]); // libpq's meaning is the only one here
  const direct = oneOf(given, "sslnegotiation", ["postgres", "direct"]) === "direct";
  const rootCertificate = given.get("sslrootcert") || undefined;
  const bound = oneOf(given, "channel_binding", ["disable", "prefer", "require"]) === "require";
  const wanted = modeOf(given);
  const mode = strengthen(wanted, { direct, system: rootCertificate === "system", bound });
  return {
    mode,
    direct,
    rootCertificate: rootCertificate ?? (bound && wanted !== "verify-ca" ? "system" : undefined),
    certificate: given.get("sslcert") || undefined,
    key: given.get("sslkey") || undefined,
    keyPassword: given.get("sslpassword") || undefined,
    showsCertificate: oneOf(given, "sslcertmode", ["disable", "allow", "require"]) !== "disable",
    revoked: given.get("sslcrl") || undefined,
    namesHost: given.get("sslsni") !== "0",
    minVersion: oneOf(given, "ssl_min_protocol_version", versions),
    maxVersion: oneOf(given, "ssl_max_protocol_version", versions),
    notes: bound
      ? [
          "channel_binding=require in the database's address: predraft cannot bind, and checks the server's certificate and name instead",
        ]
      : [],
  };
}

function modeOf(given: Parameters): TlsMode | undefined {
  const mode = oneOf(given, "sslmode", modes);
  if (mode !== undefined || !given.has("ssl")) return mode;
  const ssl = given.get("ssl") as string;
  if (["true", "1", "on"].includes(ssl)) return "require";
  if (["false", "0", "off"].includes(ssl)) return "disable";
  return oneOf(new Map([["ssl", ssl]]), "ssl", modes);
}

/** What stands beside the mode can ask for more than libpq's default, `prefer`; a mode that says less contradicts it. */
function strengthen(
  mode: TlsMode | undefined,
  { direct, system, bound }: { direct: boolean; system: boolean; bound: boolean },
): TlsMode {
  if (system && mode !== undefined && mode !== "verify-full")
    throw invalid("sslrootcert=system checks the host name, too: write sslmode=verify-full");
  const weak = mode === undefined || mode === "disable" || mode === "allow" || mode === "prefer";
  if (direct && weak && mode !== undefined)
    throw invalid("sslnegotiation=direct needs sslmode=require or stronger");
  if (bound && mode === "disable")
    throw invalid("channel_binding=require needs TLS: sslmode=require or stronger");
  if (system || bound) return "verify-full";
  return mode ?? (direct ? "require" : "prefer");
}
