/**
 * Every advisory lock of predraft, numbered here and nowhere else; db/sql gets a number by `{{lock.NAME}}`. The numbers mean nothing, but
 * all differ, so that no lock is taken for another, and `liveness` stays as it is: workers of other versions look for it.
 */
export const locks = {
  /** With a worker's id as second key, held for as long as the worker lives. */
  liveness: 1886545254,
  /** One migrate at a time. */
  migrate: 1886545255,
  /** One attach or detach at a time. */
  attach: 1886545256,
  /** With a hash of the seller as second key: one statement at a time parks a seller's jobs. */
  parkSeller: 1886545257,
  /** One statement at a time wakes parked jobs. */
  wakeParked: 1886545258,
  /** One statement at a time enqueues upgrades. */
  upgrades: 1886545259,
  /** One batch of a backfill at a time. */
  backfill: 1886545260,
  /** One process at a time frees what belongs to no worker. */
  reapStrays: 1886545261,
  /** One process at a time writes fallbacks for jobs that wait. */
  waitingFallbacks: 1886545262,
} as const;

/** The name of a lock. */
export type LockName = keyof typeof locks;
