import type { Harm } from "./diary.ts";
import type { ModelPlan } from "./fates.ts";
import { type Regime, unlimited } from "./regimes.ts";
import type { Deed } from "./writer.ts";

/** What a run consists of; with a seed it is the whole plan. */
export interface Profile {
  readonly interactions: number;
  readonly workers: number;
  readonly sellers: number;
  /** Clients that write at the same time, each to rows of its own. */
  readonly lanes: number;
  /** Milliseconds between two deeds of a lane, from and to. */
  readonly pause: readonly [number, number];
  /** How often the writer does what. */
  readonly deeds: Readonly<Partial<Record<Deed, number>>>;
  readonly model: Omit<ModelPlan, "seed">;
  /** How often the adversary does what; none: it is absent. */
  readonly harms: Readonly<Partial<Record<Harm, number>>>;
  /** Milliseconds between two harms. */
  readonly respite: readonly [number, number];
  /** Milliseconds that a harm lasts which lasts. */
  readonly spell: readonly [number, number];
  /** Settings from the start to the end of the writing. */
  readonly settings: Readonly<Record<string, string>>;
  /** Which settings are changed live, and for how long; none: they stay. */
  readonly regimes: Readonly<Partial<Record<Regime, number>>>;
  readonly regimeMs: readonly [number, number];
  readonly timeoutMs: number;
  /** How long, once all is written, the adversary and the settings stay while due jobs are left. */
  readonly lingerMs: number;
  /** Settings while the system comes to rest. */
  readonly restSettings: Readonly<Record<string, string>>;
  /** What the system gets to come to rest, and whether jobs that are put off are made due meanwhile. */
  readonly restMs: number;
  readonly hurryRest: boolean;
}

const deeds: Profile["deeds"] = {
  edit: 20,
  flap: 5,
  burst: 5,
  close: 6,
  reopen: 8,
  remove: 2,
  overwrite: 6,
  write_back: 6,
  clear: 4,
  host_draft: 2,
  prioritise: 8,
  say: 14,
  ask: 4,
  rewrite: 5,
};

const harms: Profile["harms"] = {
  kill: 5,
  term: 3,
  restart: 1,
  crash: 1,
  terminate: 3,
  exhaust: 2,
  lock: 6,
  idle: 4,
  deafen: 3,
  freeze_listener: 1,
  freeze_worker: 1,
};

/** `npm run chaos`. */
const long: Profile = {
  interactions: 10_000,
  workers: 3,
  sellers: 12,
  lanes: 4,
  pause: [150, 400],
  deeds,
  model: {
    fates: {
      good: 815,
      slow: 60,
      broken: 20,
      throttled: 6,
      reset: 12,
      torn: 10,
      hanging: 6,
      garbage: 14,
      empty: 6,
      prose: 15,
      declined: 10,
      rejected: 8,
      page: 6,
      told: 6,
    },
    latency: [20, 100],
    slow: [400, 2_500],
  },
  harms,
  respite: [500, 4_000],
  spell: [1_500, 4_000],
  settings: unlimited,
  regimes: {
    paced: 2,
    global: 3,
    cycle: 2,
    daily: 2,
    narrow: 1,
    wide: 1,
    silent: 1,
    idle: 1,
    bouncing: 1,
    nonsense: 1,
  },
  regimeMs: [12_000, 25_000],
  timeoutMs: 6_000,
  lingerMs: 0,
  restSettings: unlimited,
  restMs: 300_000,
  hurryRest: false,
};

/** In `npm test`: seconds, limits that stay as they are, and so no tolerance in judging them. */
const short: Profile = {
  ...long,
  interactions: 400,
  workers: 2,
  sellers: 4,
  pause: [100, 260],
  respite: [300, 1_300],
  spell: [500, 1_200],
  settings: { ...unlimited, ai_draft_global_concurrency: "6", ai_draft_daily_limit: "120" },
  regimes: {},
  timeoutMs: 3_000,
  lingerMs: 4_000,
  restMs: 60_000,
  hurryRest: true,
};

const calm: Profile = {
  ...short,
  harms: {},
  pause: [20, 80],
  lingerMs: 30_000,
  model: { fates: { good: 1 }, latency: [20, 100], slow: [400, 1_500] },
  settings: unlimited,
};

/** Sellers that come to one of their limits with many jobs under way, beside a global limit. */
const reached = (settings: Readonly<Record<string, string>>): Profile => ({
  ...calm,
  interactions: 300,
  deeds: { edit: 1 },
  pause: [1, 5],
  settings: {
    ...unlimited,
    ai_draft_concurrency: "12",
    ai_draft_urgent_burst: "1",
    ai_draft_global_concurrency: "10",
    ...settings,
  },
  model: { fates: { good: 1 }, latency: [150, 400], slow: [1, 1] },
  hurryRest: false,
});

/** Each leans towards one danger, and passes as long as nothing is broken. */
export const profiles = {
  long,
  short,
  /** Many jobs for one content, and calls that start one by one. */
  duplicates: {
    ...calm,
    interactions: 300,
    deeds: { prioritise: 30, reopen: 10, close: 5, clear: 10, overwrite: 10, ask: 10, edit: 3 },
    settings: { ...unlimited, ai_draft_delay_seconds: "0.02" },
    restSettings: { ...unlimited, ai_draft_delay_seconds: "0.02" },
  },
  /** Many jobs for one content that all wait for their turn, while one of them is served. */
  sleepers: {
    ...calm,
    interactions: 120,
    deeds: { close: 2, reopen: 3 },
    pause: [1, 10],
    model: { fates: { good: 1 }, latency: [5, 20], slow: [1, 1] },
    settings: { ...unlimited, ai_draft_delay_seconds: "0.1", ai_draft_urgent_burst: "0" },
    restSettings: { ...unlimited, ai_draft_delay_seconds: "0.1", ai_draft_urgent_burst: "0" },
  },
  /** Content that changes while slow calls are made for it. */
  changes: {
    ...calm,
    deeds: { edit: 30, burst: 5, close: 10, reopen: 5, remove: 3 },
    model: { fates: { good: 5, slow: 5 }, latency: [20, 100], slow: [2_000, 4_000] },
    timeoutMs: 8_000,
    pause: [20, 80],
  },
  /** Rows that a host holds. */
  locks: { ...calm, harms: { lock: 1 }, respite: [50, 200], spell: [800, 1_500] },
  /** Workers that die, and nothing else. */
  deaths: { ...calm, harms: { kill: 3 }, respite: [300, 900], workers: 2 },
  /** Workers that are stopped in good order. */
  stops: { ...calm, harms: { term: 3 }, respite: [300, 900], workers: 2 },
  /** Connections that are cut, and nobody to start a worker again. */
  cuts: { ...calm, harms: { terminate: 1 }, respite: [300, 900], spell: [800, 2_000] },
  /** A service that throttles a third of all calls. */
  throttling: {
    ...calm,
    deeds: { edit: 1 },
    model: { fates: { good: 2, throttled: 1 }, latency: [5, 20], slow: [1, 1] },
  },
  /** Two processes that could make 16 calls at once, and may make 10. */
  crowd: {
    ...calm,
    interactions: 160,
    deeds: { edit: 1 },
    pause: [1, 2],
    settings: { ...unlimited, ai_draft_global_concurrency: "10" },
    restSettings: { ...unlimited, ai_draft_global_concurrency: "10" },
    model: { fates: { good: 1 }, latency: [150, 400], slow: [1, 1] },
  },
  /** Limits that are reached by many at once. */
  limits: reached({ ai_draft_batch_size: "20" }),
  /** A day's limit that is reached by many at once. */
  days: reached({ ai_draft_daily_limit: "20" }),
  /** Calls that are to start at a pace. */
  pace: {
    ...calm,
    interactions: 200,
    deeds: { edit: 1 },
    settings: { ...unlimited, ai_draft_delay_seconds: "0.05", ai_draft_urgent_burst: "0" },
  },
} satisfies Record<string, Profile>;

export type ProfileName = keyof typeof profiles;
