/** One line of the doctor's: what was looked at, how it is, and what to do if it isn't well. */
export interface Finding {
  /** What was looked at, in a word or two: `triggers`, `clock`. */
  readonly check: string;
  readonly level: "ok" | "warning" | "problem";
  readonly what: string;
  /** What to do; absent if all is well. */
  readonly todo?: string;
}

export const ok = (check: string, what: string): Finding => ({ check, level: "ok", what });
export const warning = (check: string, what: string, todo: string): Finding => ({
  check,
  level: "warning",
  what,
  todo,
});
export const problem = (check: string, what: string, todo: string): Finding => ({
  check,
  level: "problem",
  what,
  todo,
});

/** `3 jobs`, `1 job`. */
export const count = (n: number, one: string, many = `${one}s`): string => `${n} ${n === 1 ? one : many}`;

/** A span of seconds as a person says it: `12 s`, `5 min`, `3 h`, `2 days`. */
export function span(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.round(seconds / 3_600)} h`;
  return `${Math.round(seconds / 86_400)} days`;
}
