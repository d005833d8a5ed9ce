import { chmodSync, rmSync } from "node:fs";
import postgres from "postgres";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { connect, createPool } from "../../../db/client/connect.ts";
import { asUnreachable } from "../../../db/client/explain-error.ts";
import type { PredraftError } from "../../../src/errors.ts";
import { certificate, tlsFiles, tlsSettings } from "../../helpers/certificates.ts";
import { runCli } from "../../helpers/cli.ts";
import { makeTemporary } from "../../helpers/temporary.ts";
import { startThrowAwayCluster, type ThrowAwayCluster } from "../../helpers/throw-away-cluster.ts";

let cluster: ThrowAwayCluster;
let port: string;
const sockets = makeTemporary("predraft-sockets-");

beforeAll(async () => {
  chmodSync(sockets, 0o777); // the server may run as another user
  cluster = await startThrowAwayCluster(
    undefined,
    { ...tlsSettings, unix_socket_directories: sockets },
    tlsFiles(),
  );
  ({ port } = new URL(cluster.url));
  const admin = postgres(cluster.url, { max: 1 });
  for (const role of ["carder", "tlsonly", "plainonly"])
    await admin.unsafe(`create role ${role} login password 'pw'`);
  await admin.unsafe('create database "лавка"');
  await admin.end();
}, 60_000);
afterAll(async () => {
  await cluster?.remove();
  rmSync(sockets, { recursive: true, force: true });
});

interface Seen {
  readonly encrypted: boolean;
  readonly database: string;
  readonly name: string;
  readonly work_mem: string;
  readonly isolation: string;
}

const look = `
  select coalesce((select ssl from pg_stat_ssl where pid = pg_backend_pid()), false) as encrypted, current_database() as database,
    current_setting('application_name') as name, current_setting('work_mem') as work_mem,
    current_setting('default_transaction_isolation') as isolation`;

async function byPostgres(url: string): Promise<Seen> {
  const sql = connect(url, { max: 1, applicationName: "predraft test" });
  try {
    const [row] = await sql.unsafe<Seen[]>(look);
    return row as Seen;
  } finally {
    await sql.end({ timeout: 1 });
  }
}

async function byPg(url: string): Promise<Seen> {
  const pool = createPool(url, 1, "predraft test", () => undefined);
  try {
    return (await pool.query<Seen>(look)).rows[0] as Seen;
  } finally {
    await pool.end();
  }
}

const ca = (name: string): string => `sslrootcert=${encodeURIComponent(certificate(`${name}.crt`))}`;
const own = `sslcert=${encodeURIComponent(certificate("client.crt"))}&sslkey=${encodeURIComponent(certificate("client.key"))}`;
/** Where: a name that the certificate is for, an address that it isn't for, a server that does not encrypt. */
const named = (user = "postgres:predraft", database = "postgres") =>
  `postgres://${user}@localhost:${port}/${database}`;
const byAddress = () => `postgres://postgres:predraft@127.0.0.1:${port}/postgres`;
const plain = () => inject("postgresUrl");
const authority = /SELF_SIGNED|UNABLE_TO/;

type Outcome = true | false | RegExp;
const table: readonly (readonly [string, string, () => string, Outcome])[] = [
  ["nothing is said, and the server encrypts", "", named, true],
  ["nothing is said, and the server does not encrypt", "", plain, false],
  ["disable", "sslmode=disable", named, false],
  ["allow", "sslmode=allow", named, true],
  ["prefer", "sslmode=prefer", named, true],
  ["prefer where it is not offered", "sslmode=prefer", plain, false],
  ["require, of an unknown authority", "sslmode=require", named, true],
  ["require where it is not offered", "sslmode=require", plain, /TLS_NOT_OFFERED/],
  [
    "require with the authority, which then is checked",
    `sslmode=require&${ca("authority")}`,
    byAddress,
    true,
  ],
  ["require with another authority", `sslmode=require&${ca("stranger")}`, named, authority],
  ["ssl=true", "ssl=true", named, true],
  ["ssl=true where it is not offered", "ssl=true", plain, /TLS_NOT_OFFERED/],
  ["no-verify with another authority", `sslmode=no-verify&${ca("stranger")}`, named, true],
  ["libpq's meaning asked for", "uselibpqcompat=true&sslmode=require", named, true],
  ["verify-ca without a file, of an unknown authority", "sslmode=verify-ca", named, authority],
  ["verify-ca", `sslmode=verify-ca&${ca("authority")}`, named, true],
  ["verify-ca by another name", `sslmode=verify-ca&${ca("authority")}`, byAddress, true],
  ["verify-full", `sslmode=verify-full&${ca("authority")}`, named, true],
  ["verify-full by another name", `sslmode=verify-full&${ca("authority")}`, byAddress, /ALTNAME/],
  ["verify-full with another authority", `sslmode=verify-full&${ca("stranger")}`, named, authority],
  ["verify-full by the system's authorities", "sslrootcert=system", named, authority],
  [
    "verify-full with a file that is not there",
    "sslmode=verify-full&sslrootcert=/nowhere.crt",
    named,
    /nowhere/,
  ],
  ["direct negotiation", "sslmode=require&sslnegotiation=direct", named, true],
  ["channel binding, which is done by checking the certificate", "channel_binding=require", named, authority],
  [
    "channel binding with the authority",
    `sslmode=require&channel_binding=require&${ca("authority")}`,
    named,
    true,
  ],
  ["channel binding if possible", "sslmode=require&channel_binding=prefer", named, true],
  ["a certificate of ours", `sslmode=require&${own}`, () => named("carder"), true],
  [
    "no certificate of ours, where one is asked for",
    "sslmode=require",
    () => named("carder"),
    /28000.*sslcert/,
  ],
  ["a role that has to encrypt", "sslmode=disable", () => named("tlsonly:pw"), /28000.*sslmode=require/],
  ["a role that must not encrypt", "sslmode=require", () => named("plainonly:pw"), /28000.*sslmode=disable/],
  ["a Unix socket, which is never encrypted", "sslmode=require", () => unixSocket(), false],
  [
    "a TLS version that the server does not speak",
    "sslmode=require&ssl_max_protocol_version=TLSv1.1",
    named,
    /TLS/,
  ],
];
const unixSocket = () => `postgres://postgres:predraft@/postgres?host=${sockets}&port=${port}`;
const asked = (where: string, query: string): string =>
  query === "" ? where : `${where}${where.includes("?") ? "&" : "?"}${query}`;

describe.each([
  ["postgres.js", byPostgres],
  ["node-postgres", byPg],
] as const)("through %s, encryption", (_driver, seenBy) => {
  test.each(table)("is as libpq has it: %s (?%s)", async (_case, query, where, outcome) => {
    const url = asked(where(), query);
    const seen = await seenBy(url).then(
      ({ encrypted }) => encrypted,
      (error: unknown) => asUnreachable(error, url) as PredraftError,
    );
    if (typeof outcome === "boolean") return expect(seen).toBe(outcome);
    expect(seen).toMatchObject({ code: "database_unreachable" });
    const { message, hint } = seen as PredraftError;
    expect(`${message}: ${hint}`).toMatch(outcome);
  });

  test("reaches a database through a Unix socket, and one with a Cyrillic name", async () => {
    expect(await seenBy(unixSocket())).toMatchObject({ database: "postgres" });
    for (const name of ["лавка", encodeURIComponent("лавка")])
      expect(await seenBy(named(undefined, name))).toMatchObject({
        database: "лавка",
      });
  });

  test("takes the first server of a list that answers, at IPv6 and behind ports of their own", async () => {
    const url = `postgres://postgres:predraft@127.0.0.1:1,[::1]:1,localhost:${port}/postgres`;
    expect(await seenBy(url)).toMatchObject({ database: "postgres" });
    await expect(seenBy(`postgres://u:p@127.0.0.1:1,[::1]:1/postgres`)).rejects.toMatchObject({
      code: expect.stringMatching(/ECONNREFUSED|EADDRNOTAVAIL|ENETUNREACH/),
    });
  });

  test("sends the server what the address says, and reads committed rows whatever the default", async () => {
    const url = `${named()}?application_name=shop&options=-c%20work_mem%3D8MB%20-c%20default_transaction_isolation%3Dserializable`;
    expect(await seenBy(url)).toMatchObject({ name: "shop", work_mem: "8MB", isolation: "read committed" });
    expect(await seenBy(named())).toMatchObject({ name: "predraft test" });
  });

  test("takes the server that target_session_attrs asks for", async () => {
    const url = `postgres://postgres:predraft@127.0.0.1:1,localhost:${port}/postgres?target_session_attrs=`;
    expect(await seenBy(`${url}read-write`)).toMatchObject({ database: "postgres" });
    await expect(seenBy(`${url}standby`)).rejects.toMatchObject({ code: "NO_FITTING_HOST" });
  });
});

describe("a command on a server with a private authority", { timeout: 60_000 }, () => {
  test.each(["doctor", "migrate", "worker", "start", "explain"])(
    "(%s) says in one line that the authority is not known",
    async (name) => {
      const url = `${named()}?sslmode=verify-full`;
      const command = runCli(name === "explain" ? [name, "1"] : [name], { DATABASE_URL: url });
      expect(await command.ended).toBe(name === "doctor" ? 2 : 1);
      const said = command.out() + command.err();
      expect(said).toMatch(
        /Cannot reach the database at localhost:[0-9]+\/postgres \((SELF_SIGNED|UNABLE_TO)/,
      );
      expect(said).toMatch(/name the authority's file by \?sslrootcert=FILE/);
      expect(said).not.toMatch(/^\s+at /m);
      expect(said).not.toContain("predraft@localhost");
    },
  );

  test("migrates, works and is well with sslmode=require", async () => {
    const DATABASE_URL = `${named(undefined, encodeURIComponent("лавка"))}?sslmode=require&pgbouncer=true`;
    const start = runCli(["start"], { DATABASE_URL });
    await start.says("Ctrl-C stops");
    const doctor = runCli(["doctor"], { DATABASE_URL });
    expect(await doctor.ended, doctor.out() + doctor.err()).toBe(0);
    expect(doctor.out()).toMatch(/localhost:[0-9]+\/лавка as postgres, encrypted \(TLSv1/);
    expect(doctor.err()).toBe(
      "predraft: pgbouncer in the database's address: left out, it changes nothing for predraft\n",
    );
    start.child.kill("SIGTERM");
    expect(await start.ended, start.err()).toBe(0);
    expect(start.err()).not.toMatch(/"level":"(warn|error)"/);
  });
});
