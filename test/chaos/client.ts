import postgres from "postgres";
import { within } from "../../src/async/timeout.ts";

/**
 * A client with one connection that the adversary may cut at any time. Without the driver's own look-up of types, whose failure
 * nobody can catch (it isn't awaited); arrays go as JSON or text therefore.
 */
export const clientOf = (url: string, name: string): postgres.Sql =>
  postgres(url, {
    max: 1,
    prepare: false,
    fetch_types: false,
    connect_timeout: 5,
    backoff: () => 0.1,
    onnotice: () => undefined,
    connection: { application_name: `chaos ${name}` },
  });

/** An answer takes no longer, row locks included; what takes longer the driver has lost together with its connection. */
const lostMs = 25_000;

/** Lends a client of its own, and closes it. Rejects where the work gets no answer for so long. */
export async function withClient<T>(
  url: string,
  name: string,
  work: (sql: postgres.Sql) => Promise<T>,
): Promise<T> {
  const sql = clientOf(url, name);
  try {
    return await within(work(sql), lostMs);
  } finally {
    await sql.end({ timeout: 1 });
  }
}

/** A client that is made anew where the driver has lost its footing. */
export interface Hand {
  /** Does one thing; rejects where it gets no answer. */
  use<T>(work: (sql: postgres.Sql) => Promise<T>): Promise<T>;
  end(): Promise<void>;
}

export function handOf(url: string, name: string): Hand {
  let sql = clientOf(url, name);
  return {
    async use(work) {
      const lost = sql;
      return await within(work(lost), lostMs, () => {
        sql = clientOf(url, name);
        lost.end({ timeout: 0 }).catch(() => undefined); // it cannot be asked any more
      });
    },
    end: () => sql.end({ timeout: 1 }),
  };
}

/** The driver throws outside of any promise when a connection dies at the wrong moment; src/console/driver-errors.ts survives the same. */
export const isDriverError = (error: Error): boolean =>
  /nextWrite[\s\S]*postgres\/src\/connection\.js/.test(error.stack ?? "");
