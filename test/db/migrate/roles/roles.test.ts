import { pino } from "pino";
import { describe, expect } from "vitest";
import { startWorker } from "../../../../src/worker/worker.ts";
import { withLoginRole } from "../../../helpers/login-role.ts";
import { test, workerConfig } from "../../../helpers/rig.ts";
import { type RightsOf, rightsOf } from "../../../helpers/rights.ts";
import { addInteraction, interaction } from "../../../helpers/rows.ts";
import { until } from "../../../helpers/until.ts";
import { refused } from "./refused.ts";
import { as } from "./sessions.ts";
import { everyRight, ownersHostRights } from "./table.ts";

const sorted = (rights: RightsOf) => ({
  schemas: rights.schemas.toSorted(),
  functions: rights.functions.toSorted(),
  relations: rights.relations.toSorted(),
});

describe("on an attached host", () => {
  for (const role of ["predraft_worker", "predraft_reader", "public"] as const) {
    test(`${role} has exactly the rights of roles-table.ts`, async ({ attached }) => {
      expect(sorted(await rightsOf(attached.sql, role))).toEqual(sorted(everyRight[role]));
    });
  }

  test("predraft_owner owns all that is ours, may read the mapped tables and write one column of one of them", async ({
    attached,
  }) => {
    const { relations } = await rightsOf(attached.sql, "predraft_owner");
    expect(relations.filter((right) => !/^(predraft|graphile_worker)\./.test(right))).toEqual(
      ownersHostRights,
    );
    const others = await attached.sql`
      select 'function ' || p.oid::regprocedure as name from pg_proc p
      where p.pronamespace = 'predraft'::regnamespace and p.proowner <> 'predraft_owner'::regrole
      union all
      select c.oid::regclass::text from pg_class c
      where c.relnamespace = 'predraft'::regnamespace and c.relowner <> 'predraft_owner'::regrole
      union all
      select 'type ' || y.oid::regtype from pg_type y
      where y.typnamespace = 'predraft'::regnamespace and y.typowner <> 'predraft_owner'::regrole
      union all
      select c.oid::regclass::text from pg_class c
      where c.relnamespace = 'graphile_worker'::regnamespace and c.relowner <> 'predraft_worker'::regrole`;
    expect(others).toEqual([]);
  });

  test("no role of ours is a superuser, logs in, or may more than its kind", async ({ attached }) => {
    expect(
      await attached.sql`
        select rolname from pg_roles where rolname like 'predraft\\_%'
          and (rolsuper or rolcanlogin or rolcreaterole or rolcreatedb or rolreplication or rolbypassrls)`,
    ).toEqual([]);
    expect(
      await attached.sql`
        select m.rolname as member, r.rolname as role from pg_auth_members a
        join pg_roles r on r.oid = a.roleid join pg_roles m on m.oid = a.member
        where m.rolname in ('predraft_owner', 'predraft_worker', 'predraft_reader')`,
    ).toEqual([{ member: "predraft_owner", role: "predraft_worker" }]);
  });
});

describe("what must be refused is refused", () => {
  for (const who of ["worker", "reader", "ingest"] as const) {
    test(`to the ${who}`, async ({ attached }) => {
      await addInteraction(attached.sql);
      await as(attached, who, async (sql) => {
        for (const statement of refused[who]) {
          const outcome = await sql.unsafe(statement).then(
            () => "allowed",
            (error: { code?: string }) => error.code,
          );
          expect(outcome, statement).toBe("42501");
        }
      });
    });
  }

  test("and the reader sees what it is for", async ({ attached }) => {
    const id = await addInteraction(attached.sql);
    await as(attached, "reader", async (sql) => {
      expect(await sql`select id, draft_state, priority from predraft.interactions`).toEqual([
        { id: Number(id), draft_state: "queued", priority: "normal" },
      ]);
      expect(await sql`select interaction_id from predraft.queue`).toHaveLength(1);
      expect(await sql`select wanting from predraft.coverage`).toEqual([{ wanting: "1" }]);
      expect((await sql`select "check" from predraft.health`).length).toBeGreaterThan(3);
      expect(await sql`select source, outcome, cost_usd from predraft.drafts`).toEqual([]);
    });
  });
});

test("a worker that logs in as a member of predraft_worker drafts what an ingest without any right of ours writes", async ({
  attachedRig: rig,
  attached,
  model,
}) => {
  await withLoginRole(attached, ["predraft_worker"], async ({ url }) => {
    const lines: string[] = [];
    const log = pino({ level: "warn" }, { write: (line: string) => void lines.push(line) });
    const worker = await startWorker({ config: workerConfig(model), url, directUrl: url, log });
    try {
      await as(attached, "ingest", async (ingest) => {
        const [row] =
          await ingest`insert into public.interactions ${ingest(interaction({ occurred_at: new Date() }))} returning id`;
        const id = String(row?.["id"]);
        await rig.drafted(id);
        await ingest`update public.interactions set text = 'Иначе?' where id = ${id}`;
        await rig.drafted(id);
        await rig.set("ai_draft_concurrency", "3");
        await rig.drafted(
          await addInteraction(rig.sql, { rating: 5, channel: "review", text: "", occurred_at: new Date() }),
        );
        await ingest`delete from public.interactions where id = ${id}`;
        await until(async () => (await rig.sql`select from predraft.enqueue_misses`).length === 0, {
          what: "what was deleted is cleared away",
        });
        await rig.idle();
      });
    } finally {
      await worker.stop();
    }
    expect(model.calls()).toHaveLength(2);
    expect(lines).toEqual([]);
    expect(await rig.sql`select from predraft.workers`).toEqual([]);
  });
});
