import { within } from "../../src/async/timeout.ts";
import type { Sql } from "./connect.ts";
import { isReadOnly } from "./error-codes.ts";

export interface ResilientDatabase {
  /** Used like the client itself; its queries and transactions reject with `database_stuck` if no answer comes in time. */
  readonly sql: Sql;
  /** The same with a longer limit, for statements that may take minutes, such as reading a whole large table. */
  readonly patient: Sql;
  /** Throws all connections away and goes on with new ones: the driver has lost its footing. */
  renew(): void;
  end(): Promise<void>;
}

const stuckMs = 15_000;
const patientMs = 600_000;
/** Connections to a server that has become read-only are left at most this often. */
const leaveEveryMs = 5_000;

/**
 * A client whose every promise settles. postgres.js 3.4 can lose a query with its connection, and then neither resolves nor
 * rejects it, or keeps a dead connection in its pool (porsager/postgres issues 1066, 1154, 1208): a worker would wait for ever. Here
 * an answer that is missing after 15 s is an error, and the connections are made anew. So they are if the server takes no writes any
 * more: after a failover, new connections find the new primary.
 */
export function resilient(make: () => Sql): ResilientDatabase {
  let client = make();
  let ended = false;
  let leftAt = Number.NEGATIVE_INFINITY;

  const renew = (): void => {
    if (ended) return;
    const broken = client;
    client = make();
    broken.end({ timeout: 0 }).catch(() => undefined);
  };

  /** Statements under way on the old connections may finish. */
  const leave = (): void => {
    if (ended || performance.now() - leftAt < leaveEveryMs) return;
    leftAt = performance.now();
    const old = client;
    client = make();
    old.end({ timeout: stuckMs / 1_000 }).catch(() => undefined);
  };

  const answered = <T>(work: PromiseLike<T>, limitMs: number): Promise<T> => {
    const asked = client;
    const answer = within(work, limitMs, () => {
      if (asked === client) renew();
    });
    answer.catch((error: unknown) => {
      if (isReadOnly(error) && asked === client) leave();
    });
    return answer;
  };

  const view = (limitMs: number): Sql =>
    new Proxy(client, {
      // A call as a template is a query; any other call helps to build one.
      apply(_target, _self, args: Parameters<Sql>) {
        const made: unknown = client(...args);
        const isQuery = Array.isArray(args[0]) && "raw" in args[0];
        return isQuery ? answered(made as PromiseLike<unknown>, limitMs) : made;
      },
      get(_target, name) {
        if (name === "begin") {
          return (work: (tx: unknown) => Promise<unknown>) => answered(client.begin(work as never), limitMs);
        }
        return Reflect.get(client, name) as unknown;
      },
    });

  return {
    sql: view(stuckMs),
    patient: view(patientMs),
    renew,
    async end() {
      ended = true;
      await client.end({ timeout: 5 });
    },
  };
}
