/** The kinds of error that a statement can end with: they decide whether the same statement can succeed later. */

/** Whether no connection is to be had, or it was lost: refused, cut, not encrypted as it has to be, without an answer (`database_stuck`). */
export const isConnectionFault = (error: unknown): boolean =>
  (error as { inTls?: boolean } | null)?.inTls === true ||
  /^(CONNECTION_|CONNECT_TIMEOUT|ECONN|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN|TLS_|NO_FITTING_HOST|08|28|3D000|57P0|53300|database_stuck|database_unreachable)/.test(
    codeOf(error),
  );

/** Whether the server takes no writes: it has become a standby, or was made read-only. */
export const isReadOnly = (error: unknown): boolean => codeOf(error) === "25006";

/**
 * Whether the database was at fault, and not the row that the statement was about: no connection, no writes, no memory or disk, or another
 * transaction came first. The same again can succeed, and spends no attempt.
 */
export const isDatabaseFault = (error: unknown): boolean =>
  isConnectionFault(error) || isReadOnly(error) || /^(53|40)/.test(codeOf(error));

/** Whether Postgres refuses the statement itself: not for lack of a connection, of resources or of a lock, and not because it ends. */
export const isRefusal = (error: unknown): boolean =>
  (error as { name?: unknown } | null)?.name === "PostgresError" && // EPIPE looks like an SQLSTATE, too
  !isDatabaseFault(error) &&
  !/^(55|57|58)/.test(codeOf(error));

const codeOf = (error: unknown): string => String((error as { code?: unknown } | null)?.code);
