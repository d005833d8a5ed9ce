import { describeAddress } from "../../db/client/address.ts";
import type { Sql } from "../../db/client/connect.ts";
import type { Pooler } from "../../db/client/pooler.ts";
import { type Finding, ok, problem, warning } from "./finding.ts";

const tolerableClockMs = 2_000;

/** How the server is reached: as whom, encrypted or not. */
export async function checkConnection(sql: Sql, url: string): Promise<Finding> {
  const [row] = await sql<{ me: string; tls: string | null; local: boolean }[]>`
    select current_user as me, s.version as tls, inet_client_addr() is null or inet_client_addr() <<= '127.0.0.0/8' or inet_client_addr() = '::1' as local
    from (select) one left join pg_catalog.pg_stat_ssl s on s.pid = pg_backend_pid() and s.ssl`;
  const where = `${describeAddress(url)} as ${row?.me}`;
  if (row?.tls) return ok("connection", `${where}, encrypted (${row.tls})`);
  if (row?.local) return ok("connection", `${where}, not encrypted (same machine)`);
  return warning(
    "connection",
    `${where}, not encrypted: buyers' words cross the network in clear`,
    "turn TLS on at the server (ssl = on): predraft encrypts if it is offered, unless DATABASE_URL says sslmode=disable",
  );
}

/** Whether the two addresses keep sessions, and whether LISTEN works on the direct one. */
export function checkPooling(pooled: Pooler, direct: Pooler, sameAddress: boolean): Finding[] {
  const through = pooled.sessions ? "none between us and the server" : "a pooler in transaction mode";
  if (direct.sessions && direct.listens) {
    const beside =
      sameAddress || pooled.sessions ? "" : "; LISTEN and liveness go past it by DATABASE_DIRECT_URL";
    return [ok("pooler", `${through}${beside}`), ok("listen", "a notification arrives")];
  }
  if (direct.sessions) {
    return [
      ok("pooler", through),
      problem(
        "listen",
        "a notification did not arrive within 1 s",
        "look for a proxy between us and the server; set DATABASE_DIRECT_URL past it",
      ),
    ];
  }
  return [
    warning(
      "pooler",
      sameAddress ? through : "DATABASE_DIRECT_URL leads to a pooler in transaction mode, too",
      "set DATABASE_DIRECT_URL to the server's own address: work is then picked up at once, and a dead worker noticed in seconds",
    ),
    warning("listen", "not possible through this pooler: a worker polls every 2 s", "as above"),
  ];
}

/** The difference between this machine's clock and the server's, half a round trip taken into account. */
export async function checkClock(sql: Sql, now: () => number = Date.now): Promise<Finding> {
  const sent = now();
  const [row] = await sql<
    { at: number }[]
  >`select extract(epoch from clock_timestamp())::float8 * 1000 as at`;
  const apart = Math.round((row?.at ?? 0) - (sent + now()) / 2);
  const shown = `${(Math.abs(apart) / 1_000).toFixed(1)} s ${apart > 0 ? "ahead of" : "behind"} this machine's`;
  if (Math.abs(apart) <= tolerableClockMs) return ok("clock", "the server's and this machine's agree");
  return warning(
    "clock",
    `the server's is ${shown}`,
    "set both by NTP: waits and limits are counted by the server's",
  );
}
