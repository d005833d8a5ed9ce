/** What the adversary does. */
export type Harm =
  | "kill"
  | "term"
  | "restart"
  | "crash"
  | "terminate"
  | "exhaust"
  | "lock"
  | "idle"
  | "deafen"
  | "freeze_listener"
  | "freeze_worker";

/** Harms that cut connections, or keep others from getting one. */
export const cutting: readonly Harm[] = ["restart", "crash", "terminate", "exhaust"];

/** Something that was done to the system, from and to by `Date.now()`. */
export interface Disturbance {
  readonly harm: Harm;
  readonly from: number;
  to: number;
}

/** A statement of the ingest that failed. */
export interface Failure {
  readonly at: number;
  readonly until: number;
  readonly code: string;
  readonly what: string;
}

/** From this instant on a version is no longer its interaction's, or the interaction is closed or gone. */
export interface Superseded {
  readonly marker: string;
  readonly at: number;
}

/** A worker process. */
export interface Life {
  readonly caller: string;
  readonly from: number;
  /** When it said that it works. */
  workingAt: number;
  /** When it was told or made to end, and when it had ended. */
  endingAt: number;
  endedAt: number;
  asked: "kill" | "term" | undefined;
  exit: number | string | undefined;
}

/** A setting as the suite wrote it: before this it had the value before. */
export interface Change {
  readonly at: number;
  readonly settings: Readonly<Record<string, string>>;
}

/** All that the suite itself did and met, for the checks at the end. */
export interface Diary {
  readonly disturbances: Disturbance[];
  readonly failures: Failure[];
  readonly superseded: Superseded[];
  readonly lives: Life[];
  readonly changes: Change[];
  readonly counts: Record<string, number>;
}

export const createDiary = (): Diary => ({
  disturbances: [],
  failures: [],
  superseded: [],
  lives: [],
  changes: [],
  counts: {},
});

/** Counts one more of something. */
export function tally(diary: Diary, what: string, by = 1): void {
  diary.counts[what] = (diary.counts[what] ?? 0) + by;
}

/** Notes a disturbance for as long as the work takes. */
export async function during<T>(diary: Diary, harm: Harm, work: () => Promise<T>): Promise<T> {
  const disturbance: Disturbance = { harm, from: Date.now(), to: Number.POSITIVE_INFINITY };
  diary.disturbances.push(disturbance);
  tally(diary, harm);
  try {
    return await work();
  } finally {
    disturbance.to = Date.now();
  }
}

/** Whether any of these harms touched the time between two instants, give or take `slackMs`. */
export const wasDisturbed = (
  diary: Diary,
  harms: readonly Harm[],
  from: number,
  to: number,
  slackMs: number,
): boolean =>
  diary.disturbances.some(
    (one) => harms.includes(one.harm) && one.from - slackMs <= to && one.to + slackMs >= from,
  );
