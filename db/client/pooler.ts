import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { connect, reach, type Sql } from "./connect.ts";
import { asUnreachable } from "./explain-error.ts";

/** What a connection to an address can be used for. */
export interface Pooler {
  /** Whether each connection keeps a server session of its own: false behind a pooler in transaction mode. */
  readonly sessions: boolean;
  /** Whether a notification that one connection sends reaches another one that listens. */
  readonly listens: boolean;
}

const rounds = 3;
const listenTimeoutMs = 1_000;

/**
 * Finds out what stands between us and the server: two connections, a few round trips, and up to 1 s of waiting for a
 * notification. Throws `database_unreachable`.
 */
export async function findPooler(url: string): Promise<Pooler> {
  await reach(url);
  const one = connect(url, { max: 1, applicationName: "predraft probe" });
  const other = connect(url, { max: 1, applicationName: "predraft probe" });
  try {
    const sessions = await keepsSessions(one, other);
    // Not asked behind a pooler: a LISTEN would stay behind in a session that is somebody else's next.
    return { sessions, listens: sessions && (await receives(one, other)) };
  } catch (error) {
    throw asUnreachable(error, url);
  } finally {
    await Promise.allSettled([one.end({ timeout: 1 }), other.end({ timeout: 1 })]);
  }
}

/** A pooler gives one server session to both connections in turn, or another one to the first while the second holds its own. */
async function keepsSessions(one: Sql, other: Sql): Promise<boolean> {
  for (let round = 0; round < rounds; round += 1) {
    const before = await sessionOf(one);
    const kept = await other.begin(
      async (tx) => (await sessionOf(tx)) !== before && (await sessionOf(one)) === before,
    );
    if (!kept) return false;
  }
  return true;
}

async function sessionOf(sql: Pick<Sql, "unsafe">): Promise<number> {
  const [row] = await sql.unsafe<{ pid: number }[]>("select pg_backend_pid() as pid");
  return (row as { pid: number }).pid;
}

async function receives(one: Sql, other: Sql): Promise<boolean> {
  const channel = `predraft_probe_${randomUUID().replaceAll("-", "")}`;
  const { promise: arrived, resolve } = Promise.withResolvers<boolean>();
  const listening = await one.listen(channel, () => resolve(true));
  await other`select pg_notify(${channel}, '')`;
  const patience = new AbortController();
  const inVain = delay(listenTimeoutMs, false, { signal: patience.signal }).catch(() => false);
  const answer = await Promise.race([arrived, inVain]);
  patience.abort();
  await listening.unlisten(); // or the client would listen anew when it is closed
  return answer;
}
