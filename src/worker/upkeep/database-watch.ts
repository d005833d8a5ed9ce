import type { Sql } from "../../../db/client/connect.ts";
import { isDatabaseFault } from "../../../db/client/error-codes.ts";
import { within } from "../../async/timeout.ts";
import type { Logger } from "../../log.ts";

/** Tells a person that the database has gone, or is back. */
export type TellDatabase = (line: string) => void;

/** A database that takes longer for nothing at all is as good as away. */
const answerMs = 5_000;

/** Writes it into the log. */
export const tellInLog =
  (log: Logger): TellDatabase =>
  (line) =>
    log.warn(line);

/** Makes a function that asks the database whether it is there, to be called every second: says so when it goes, and when it is back. */
export function watchDatabase(sql: Sql, tell: TellDatabase, now = () => performance.now()) {
  let since: number | undefined;
  const gone = (why: string): void => {
    if (since === undefined) tell(`the database ${why}; what is under way waits for it`);
    since ??= now();
  };
  return async (): Promise<void> => {
    try {
      const [row] = await within(
        sql<{ read_only: boolean }[]>`select current_setting('transaction_read_only') = 'on' as read_only`,
        answerMs,
      );
      if (row?.read_only) return gone("takes no writes (25006)");
      if (since !== undefined) tell(`the database is back after ${Math.ceil((now() - since) / 1_000)} s`);
      since = undefined;
    } catch (error) {
      if (!isDatabaseFault(error)) throw error;
      gone(`does not answer (${(error as { code: string }).code})`);
    }
  };
}
