/** One service that names a day is not to stop drafting for a day. */
const longestPauseMs = 3_600_000;

/** Milliseconds to wait, from Retry-After in seconds or as a date, up to an hour; undefined where there is none to be read. */
export function retryAfterOf(headers: Headers | undefined): number | undefined {
  const text = headers?.get("retry-after");
  if (!text) return undefined;
  const seconds = Number(text);
  const milliseconds = Number.isFinite(seconds) ? seconds * 1_000 : Date.parse(text) - Date.now();
  return Number.isFinite(milliseconds) ? Math.min(Math.max(milliseconds, 0), longestPauseMs) : undefined;
}
