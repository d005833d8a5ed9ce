import { describe, expect } from "vitest";
import { test } from "../../helpers/test.ts";

describe("every function of ours", () => {
  test("pins its search_path, says what it does, and is no business of public", async ({ db }) => {
    const offenders = await db.sql`
      select p.oid::regprocedure::text as name
      from pg_proc p
      where p.pronamespace = 'predraft'::regnamespace
        and not (
          coalesce(p.proconfig @> array['search_path=""'], false)
          and obj_description(p.oid, 'pg_proc') is not null
          and not has_function_privilege('public', p.oid, 'execute'))`;
    expect(offenders.map((row) => row["name"])).toEqual([]);
  });

  test("returns no type of graphile-worker's, which would block its upgrades", async ({ db }) => {
    const dependants = await db.sql`
      select d.classid::regclass::text as class, d.objid
      from pg_depend d
      join pg_class c on d.refclassid = 'pg_class'::regclass and d.refobjid = c.oid
      where c.relnamespace = 'graphile_worker'::regnamespace
        and exists (
          select from pg_proc p where d.classid = 'pg_proc'::regclass and p.oid = d.objid
            and p.pronamespace = 'predraft'::regnamespace
          union all
          select from pg_rewrite r join pg_class v on v.oid = r.ev_class
          where d.classid = 'pg_rewrite'::regclass and r.oid = d.objid and v.relnamespace = 'predraft'::regnamespace)`;
    const results = await db.sql`
      select p.oid::regprocedure::text as name
      from pg_proc p join pg_type t on t.oid = p.prorettype
      where p.pronamespace = 'predraft'::regnamespace and t.typnamespace = 'graphile_worker'::regnamespace`;
    expect([...dependants, ...results]).toEqual([]);
  });

  test("is a definer's where a trigger calls it, so that an ingest role needs no right of ours", async ({
    db,
  }) => {
    const invokers = await db.sql`
      select p.proname from pg_proc p
      where p.pronamespace = 'predraft'::regnamespace and p.prorettype = 'trigger'::regtype and not p.prosecdef`;
    expect(invokers).toEqual([]);
  });
});

describe("every view of ours", () => {
  test("says what it shows", async ({ db }) => {
    const silent = await db.sql`
      select c.relname from pg_class c
      where c.relnamespace = 'predraft'::regnamespace and c.relkind = 'v' and obj_description(c.oid, 'pg_class') is null`;
    expect(silent).toEqual([]);
  });
});
