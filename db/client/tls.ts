import { existsSync, readFileSync } from "node:fs";
import { isIP } from "node:net";
import { homedir } from "node:os";
import { join } from "node:path";
import tls from "node:tls";
import type { Host } from "./address.ts";
import type { Tls } from "./tls-mode.ts";

/**
 * What `tls.connect` is told for one server. As libpq has it, the certificate is checked as soon as there is a file of authorities
 * (`sslrootcert`, or `~/.postgresql/root.crt`), and the host name with `verify-full` alone. A verifying mode without such a file
 * goes by Node's authorities (`sslrootcert=system`: by the system's, too), and then checks the name in any case.
 */
export function tlsOptions(settings: Tls, host: Host): tls.ConnectionOptions {
  const { mode } = settings;
  const file = settings.rootCertificate ?? homeFile("root.crt");
  const verifies = mode.startsWith("verify") || (file !== undefined && mode !== "no-verify");
  const publicAuthorities = file === undefined || file === "system";
  const checksName = verifies && (mode === "verify-full" || publicAuthorities);
  return {
    ...(isIP(host.name) === 0 && settings.namesHost && { servername: host.name }),
    rejectUnauthorized: verifies,
    checkServerIdentity: (_name, certificate) =>
      checksName ? tls.checkServerIdentity(host.name, certificate) : undefined,
    ...(verifies && !publicAuthorities && { ca: read("sslrootcert", file) }),
    ...(verifies && file === "system" && systemAuthorities(settings)),
    ...(verifies && settings.revoked && { crl: read("sslcrl", settings.revoked) }),
    ...ownCertificate(settings),
    ...(settings.direct && { ALPNProtocols: ["postgresql"] }),
    ...(settings.minVersion && { minVersion: settings.minVersion as tls.SecureVersion }),
    ...(settings.maxVersion && { maxVersion: settings.maxVersion as tls.SecureVersion }),
  };
}

let systemContext: tls.SecureContext | undefined;

/** Reading some hundred authorities takes a quarter of a second: once, if nothing of ours goes into the same context. */
function systemAuthorities(settings: Tls): tls.ConnectionOptions {
  const ca = [...new Set([...tls.getCACertificates("default"), ...tls.getCACertificates("system")])];
  const own = ownCertificate(settings);
  if (Object.keys(own).length > 0 || settings.revoked || settings.minVersion || settings.maxVersion)
    return { ca };
  systemContext ??= tls.createSecureContext({ ca });
  return { secureContext: systemContext };
}

function ownCertificate(settings: Tls): tls.ConnectionOptions {
  const certificate = settings.certificate ?? homeFile("postgresql.crt");
  const key = settings.key ?? homeFile("postgresql.key");
  if (!settings.showsCertificate || certificate === undefined) return {};
  if (key === undefined) throw failure("sslcert is given without its key: name it by sslkey=");
  return {
    cert: read("sslcert", certificate),
    key: read("sslkey", key),
    ...(settings.keyPassword && { passphrase: settings.keyPassword }),
  };
}

function homeFile(name: string): string | undefined {
  const file = join(homedir(), ".postgresql", name);
  return existsSync(file) ? file : undefined;
}

function read(parameter: string, file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw failure(`${parameter}: cannot read ${file} (${(error as NodeJS.ErrnoException).code})`);
  }
}

const failure = (message: string): Error => Object.assign(new Error(message), { code: "TLS_FILE" });
