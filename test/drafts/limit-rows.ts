import type { Sql } from "../../db/client/connect.ts";
import { loadContext } from "../../src/drafts/context.ts";
import { decide, type Verdict } from "../../src/drafts/decide.ts";
import type { Trigger } from "../../src/drafts/trigger.ts";
import { type Limits, setLimits } from "../helpers/reserve.ts";
import type { Client } from "../helpers/rows.ts";
import { circumstances } from "./contexts.ts";

/** What a seller has used of its windows. */
export interface Used {
  readonly day?: number;
  readonly cycle?: number;
  readonly urgent?: number;
}

/** The limits that these cases are about, unless they say otherwise. */
const usualLimits: Limits = { cycle: 20, burst: 3, daily: 200 };

/** Young enough to be drafted. */
export const today = () => ({ occurred_at: new Date() });

/** Writes what seller 1 has used, in the windows as they are now. */
export async function use(sql: Client, { day = 0, cycle = 0, urgent = 0 }: Used): Promise<void> {
  await sql`delete from predraft.seller_usage`;
  await sql`
    insert into predraft.seller_usage (seller_id, win, win_start, calls, urgent)
    values (1, 'day', (predraft.day_of(1, now())).day_start, ${day}, 0),
      (1, 'cycle', predraft.cycle_of(now()), ${cycle}, ${urgent})`;
}

/** Decides on an interaction as a worker would, by what the database says of limits. */
export async function decided(
  sql: Sql,
  id: string,
  { trigger = "pregenerate", remoteProvider = true }: { trigger?: Trigger; remoteProvider?: boolean },
): Promise<Verdict> {
  const context = await loadContext(sql, id, { provider: { name: "p", model: "m" }, trigger });
  return decide(context, circumstances({ trigger, remoteProvider }));
}

/** Waits until a cycle has a second left at least, so that two statements see the same windows. */
export async function insideOneCycle(sql: Client): Promise<void> {
  await sql`
    select pg_sleep(extract(epoch from e.ends - clock_timestamp())::float8 + 0.01)
    from (select predraft.cycle_of(clock_timestamp()) + interval '5 minutes' as ends) e
    where e.ends - clock_timestamp() < interval '1 second'`;
}

/** Sets the usual limits, but for those that are named. */
export const limit = async (sql: Client, over: Limits = {}): Promise<void> =>
  await setLimits(sql, { ...usualLimits, ...over });
