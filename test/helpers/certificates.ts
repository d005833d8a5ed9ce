import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const folder = new URL("../db/client/certificates/", import.meta.url);

/** The path of a certificate of the tests' own authority, or of its key; test/db/client/certificates/make.sh makes them. */
export const certificate = (name: string): string => fileURLToPath(new URL(name, folder));

/** What a server needs to encrypt with the tests' certificate, and to check its clients'. */
export const tlsSettings = { ssl: "on", ssl_ca_file: "authority.crt" };

/** The files of such a server. `carder` shows a certificate, `tlsonly` has to encrypt and `plainonly` must not. */
export const tlsFiles = (): Record<string, Buffer | string> => ({
  "server.crt": readFileSync(certificate("server.crt")),
  "server.key": readFileSync(certificate("server.key")),
  "authority.crt": readFileSync(certificate("authority.crt")),
  "pg_hba.conf": [
    "hostssl all carder all cert",
    "hostnossl all tlsonly all reject",
    "hostssl all plainonly all reject",
    "local all all scram-sha-256",
    "host all all all scram-sha-256",
    "",
  ].join("\n"),
});
