import { readdirSync, readFileSync } from "node:fs";
import type { Sql } from "../../db/client/connect.ts";

/** Linux counts processor time in hundredths of a second. */
const ticksASecond = 100;

/** Reads how many seconds of processor time a server's processes have used so far, those that have ended included. */
export interface CpuClock {
  seconds(): number;
}

/** A clock of the server behind this connection, which has to run on this machine, under Linux. */
export async function serverCpu(sql: Sql): Promise<CpuClock> {
  const [row] = await sql<{ pid: number }[]>`select pg_backend_pid() as pid`;
  const postmaster = statOf(row?.pid ?? 0).parent;
  return {
    seconds() {
      const own = statOf(postmaster);
      const children = readdirSync("/proc")
        .filter((name) => /^\d+$/.test(name))
        .flatMap((name) => safely(() => statOf(Number(name))))
        .filter(({ parent }) => parent === postmaster);
      return (
        [own.used + own.ended, ...children.map(({ used }) => used)].reduce((a, b) => a + b, 0) / ticksASecond
      );
    },
  };
}

/** A process may end while it is looked at. */
function safely<T>(read: () => T): T[] {
  try {
    return [read()];
  } catch {
    return [];
  }
}

function statOf(pid: number): { parent: number; used: number; ended: number } {
  const text = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = text
    .slice(text.lastIndexOf(")") + 2)
    .split(" ")
    .map(Number);
  const [parent, user, system, endedUser, endedSystem] = [1, 11, 12, 13, 14].map((n) => fields[n] ?? 0);
  return {
    parent: parent ?? 0,
    used: (user ?? 0) + (system ?? 0),
    ended: (endedUser ?? 0) + (endedSystem ?? 0),
  };
}
