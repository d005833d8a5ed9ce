/** What kinds of error a statement can end with, for those who decide whether the same again can succeed. */

/** Whether the connection was at fault, and not the statement: lost, refused, not to be had, or without an answer (`database_stuck`). */
export const isConnectionFault = (error: unknown): boolean =>
  /^(CONNECTION_|CONNECT_TIMEOUT|ECONN|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN|08|57P0|53300|database_stuck)/.test(
    codeOf(error),
  );

/** Whether Postgres refuses the statement itself: not for lack of a connection, of resources or of a lock, and not because it ends. */
export const isRefusal = (error: unknown): boolean =>
  (error as { name?: unknown }).name === "PostgresError" && !/^(08|40|53|55|57|58)/.test(codeOf(error)); // EPIPE looks like an SQLSTATE, too

const codeOf = (error: unknown): string => String((error as { code?: unknown }).code);
