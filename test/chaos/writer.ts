import { setTimeout as delay } from "node:timers/promises";
import type postgres from "postgres";
import { handOf } from "./client.ts";
import * as deeds from "./deeds.ts";
import { type Diary, tally } from "./diary.ts";
import { ingest, type Way } from "./ingest.ts";
import { Lane } from "./lane.ts";
import type { Profile } from "./profile.ts";
import { dice } from "./random.ts";

/** What a writer does to rows that are there. */
export type Deed = keyof typeof doing;

const doing = {
  edit: deeds.edit,
  flap: deeds.flap,
  burst: deeds.burst,
  close: deeds.close,
  reopen: deeds.reopen,
  remove: deeds.remove,
  overwrite: deeds.overwrite,
  write_back: deeds.writeBack,
  clear: deeds.clear,
  host_draft: deeds.hostDraft,
  prioritise: deeds.prioritise,
  say: deeds.say,
  ask: deeds.ask,
  rewrite: deeds.rewrite,
};

const ways: Record<Way, number> = { single: 8, bulk: 7, upsert: 3, copy: 2 };
const sizes: Record<Way, number> = { single: 1, bulk: 25, upsert: 10, copy: 60 };
/** Rows that are there are written to so many times as often as new ones come. */
const deedsAnIngest = 3;

/** Writes all interactions of the profile, over so many clients at once, and does everything to them that hosts do. */
export async function write(url: string, diary: Diary, profile: Profile, seed: number): Promise<void> {
  const lanes = Array.from({ length: profile.lanes }, (_, place) => {
    const fresh = [];
    for (let k = place; k < profile.interactions; k += profile.lanes) fresh.push(k);
    return new Lane(dice(seed, `lane/${place}`), fresh);
  });
  await Promise.all(lanes.map((lane) => writeLane(url, diary, profile, lane)));
}

async function writeLane(url: string, diary: Diary, profile: Profile, lane: Lane): Promise<void> {
  const hand = handOf(url, "writer");
  const superseded = (marker: string): void => void diary.superseded.push({ marker, at: Date.now() });
  const attempt = (what: string, work: (sql: postgres.Sql) => Promise<void>): Promise<boolean> =>
    tried(diary, what, () => hand.use(work));
  try {
    while (lane.left > 0) {
      await bring(attempt, diary, profile, lane);
      for (let n = 0; n < deedsAnIngest; n += 1) {
        const name = lane.draw.weighted(profile.deeds as Record<Deed, number>);
        tally(diary, name);
        await attempt(name, (sql) => doing[name]({ sql, lane, superseded }));
        await delay(lane.draw.between(...profile.pause));
      }
    }
  } finally {
    await hand.end();
  }
}

/** True where it went well. */
type Attempt = (what: string, work: (sql: postgres.Sql) => Promise<void>) => Promise<boolean>;

/** One ingest of new rows, repeated until it has come through. */
async function bring(attempt: Attempt, diary: Diary, profile: Profile, lane: Lane): Promise<void> {
  const way = lane.draw.weighted(ways);
  const known = lane.take(lane.draw.between(1, sizes[way]));
  tally(diary, `ingest by ${way}`);
  tally(diary, "rows ingested", known.length);
  for (let tries = 0; ; tries += 1) {
    if (await attempt(way, (sql) => ingest(sql, way, known, profile.sellers, tries > 0))) break;
  }
  lane.adopt(known);
}

async function tried(diary: Diary, what: string, work: () => Promise<void>): Promise<boolean> {
  tally(diary, "statements");
  const at = Date.now();
  try {
    await work();
    return true;
  } catch (error) {
    const { code, message } = error as { code?: unknown; message?: unknown };
    diary.failures.push({ at, until: Date.now(), code: String(code ?? message), what });
    await delay(150);
    return false;
  }
}
