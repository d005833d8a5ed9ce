import { expect } from "vitest";
import { type Call, status } from "./helpers/model-server.ts";
import { type Rig, test } from "./helpers/rig.ts";
import { until } from "./helpers/until.ts";

const interactions = 300;
const bursts = 150;

/** mulberry32: the same numbers for the same seed. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 4_294_967_296) * below);
  };
}

/** Every content that a buyer ever had ends with a mark of its own, which tells the version that a call was for. */
const markOf = (call: Call): string =>
  [...call.messages.join("\n").matchAll(/^(?:Покупатель: )?<<<(метка-\d+-\d+)>>>$/gm)].at(-1)?.[1] ?? "none";

function misbehave(rig: Rig, pick: (below: number) => number): { heal(): void } {
  let ill = true;
  rig.model.script(async () => {
    await new Promise((resolve) => setTimeout(resolve, pick(30)));
    const luck = ill ? pick(100) : 100;
    if (luck < 10) return status(500);
    if (luck < 15) return { kind: "reset" };
    if (luck < 20) return status(429, { "retry-after": "0.05" });
    return undefined;
  });
  return {
    heal: () => {
      ill = false;
    },
  };
}

/** What hosts do to their rows, at random. */
async function write(
  rig: Rig,
  pick: (below: number) => number,
  ids: string[],
  chats: string[],
): Promise<void> {
  const { sql } = rig;
  let version = 0;
  let snapshot: { id: string; doc: unknown } | undefined;
  const some = () => ids[pick(ids.length)] as string;
  const several = (most: number) => Array.from({ length: 1 + pick(most) }, some);
  const acts: (() => Promise<unknown>)[] = [
    () =>
      sql`update public.interactions set text = 'метка-' || id || '-' || ${++version}::int where id = any(${several(20)}) and channel = 'question'`,
    async () => {
      const id = some();
      for (let n = 0; n < 3; n += 1)
        await sql`update public.interactions set text = 'метка-' || id || '-' || ${++version}::int where id = ${id} and channel = 'question'`;
    },
    () =>
      sql`update public.interactions set priority = ${["urgent", "high", "normal", "low"][pick(4)] as string} where id = any(${several(10)})`,
    () => sql`update public.interactions set status = 'responded' where id = any(${several(5)})`,
    () =>
      sql`update public.interactions set status = 'open', needs_response = true where id = any(${several(10)})`,
    () => sql`delete from public.interactions where id = ${some()}`,
    () =>
      sql`update public.interactions set extra_data = jsonb_build_object('synced', ${pick(1_000)}::int) where id = any(${several(20)})`,
    async () => {
      const [row] = await sql`select id, extra_data as doc from public.interactions where id = ${some()}`;
      if (snapshot)
        await sql`update public.interactions set extra_data = ${sql.json(snapshot.doc as never)} where id = ${snapshot.id}`;
      snapshot = row && { id: String(row["id"]), doc: row["doc"] };
    },
    () => {
      const id = chats[pick(chats.length)] as string;
      return sql`
        insert into public.messages (interaction_id, external_id, direction, text)
        select ${id}, ${`m-${++version}`}, ${pick(4) === 0 ? "out" : "in"}, ${`метка-${id}-${version}`}
        where exists (select from public.interactions where id = ${id})`;
    },
  ];
  for (let n = 0; n < bursts; n += 1) {
    await (acts[pick(acts.length)] as () => Promise<unknown>)();
    if (pick(3) === 0) await new Promise((resolve) => setTimeout(resolve, pick(40)));
  }
}

/** Reads all drafts again and again as an operator's page does; answers with how many were ever stale. */
function readAlong(rig: Rig): { stop(): Promise<{ reads: number; stale: number }> } {
  let reading = true;
  let reads = 0;
  let stale = 0;
  const loop = async () => {
    while (reading) {
      const [row] = await rig.sql`
        select count(*)::int as stale from predraft.interactions
        where extra_data ? 'last_ai_draft' and extra_data #>> '{last_ai_draft,content_hash}' is distinct from content_hash`;
      stale += row?.["stale"] as number;
      reads += 1;
    }
  };
  const running = loop();
  return {
    async stop() {
      reading = false;
      await running;
      return { reads, stale };
    },
  };
}

async function quiet(rig: Rig): Promise<void> {
  const open = async () => {
    // Nobody waits for back-offs here: what is put off runs now.
    await rig.sql`
      select graphile_worker.reschedule_jobs(array_agg(id), run_at := now()) from graphile_worker.jobs
      where run_at > now() and locked_at is null`;
    const [row] = await rig.sql`
      select (select count(*)::int from predraft.interactions where draft_state not in ('ready', 'closed')) as wanting,
        (select count(*)::int from graphile_worker.jobs) as jobs, (select count(*)::int from predraft.draft_claims) as claims,
        (select count(*)::int from predraft.enqueue_misses) as misses`;
    left = JSON.stringify(row);
    return left === '{"wanting":0,"jobs":0,"claims":0,"misses":0}';
  };
  let left = "";
  await until(open, { what: "all is drafted and nothing is left", timeoutMs: 60_000 }).catch(
    (cause: unknown) => {
      throw new Error(`still there: ${left}`, { cause });
    },
  );
}

test("under a storm of changes and failures, every row ends with its draft, and none was paid twice", async ({
  rig,
}) => {
  const seed = Number(process.env["PREDRAFT_TEST_SEED"] ?? Math.floor(Math.random() * 1e9));
  const pick = random(seed);
  // The order of concurrent calls is not the seed's, but what is written and how often calls fail is.
  const illness = misbehave(rig, random(seed + 1));
  await rig.set("ai_draft_daily_limit", "1000000");
  await Promise.all([rig.start(), rig.start()]);
  const rows = await rig.sql`
    insert into public.interactions (id, seller_id, channel, external_id, text, occurred_at, extra_data)
    select n, 1 + n % 2, case when n % 10 = 0 then 'chat' else 'question' end, 's-' || n, 'метка-' || n || '-0',
      now() - n * interval '1 minute', case when n % 3 = 0 then '{"source": "api"}'::jsonb end
    from generate_series(1, ${interactions}::int) n returning id, channel`;
  const reader = readAlong(rig);
  await write(
    rig,
    pick,
    rows.map((row) => String(row["id"])),
    rows.filter((row) => row["channel"] === "chat").map((row) => String(row["id"])),
  );
  illness.heal();
  await quiet(rig);
  const { reads, stale } = await reader.stop();

  const [row] = await rig.sql`
    select count(*)::int as open,
      count(*) filter (where extra_data #>> '{last_ai_draft,source}' <> 'llm'
        or extra_data #>> '{last_ai_draft,provisional}' = 'true')::int as unfinished
    from predraft.interactions where draft_state <> 'closed'`;
  // A change can reach us while an answer is on its way: the service finished it, and we had hung up.
  const cut = await rig.sql`select distinct interaction_id from predraft.drafts where outcome = 'aborted'`;
  const hungUp = new Set(cut.map((found) => String(found["interaction_id"])));
  const paid = Map.groupBy(rig.model.billed(), markOf);
  expect(paid.has("none"), "a call's version is not known").toBe(false);
  const twice = [...paid.keys()].filter(
    (mark) => (paid.get(mark)?.length ?? 0) > 1 && !hungUp.has(mark.split("-")[1] ?? ""),
  );
  const kept = await rig.sql`
    select interaction_id, content_hash from predraft.drafts
    where source = 'llm' and text is not null group by 1, 2 having count(*) > 1`;
  const seen = {
    seed,
    calls: rig.model.calls().length,
    billed: rig.model.billed().length,
    reads,
    cut: cut[0]?.["n"],
  };
  expect({ stale, unfinished: row?.["unfinished"], twice, kept: [...kept] }, JSON.stringify(seen)).toEqual({
    stale: 0,
    unfinished: 0,
    twice: [],
    kept: [],
  });
  expect(row?.["open"], JSON.stringify(seen)).toBeGreaterThan(100);
  process.stdout.write(`stress: ${JSON.stringify(seen)}\n`);
}, 120_000);
