import { fileURLToPath } from "node:url";
import postgres from "postgres";
import { describe, expect } from "vitest";
import { migrate } from "../../../../db/migrate/migrate.ts";
import { dropRoles } from "../../../../db/migrate/roles/drop.ts";
import { attachedHost } from "../../../helpers/attached-host.ts";
import type { TestDatabase } from "../../../helpers/database.ts";
import { withLoginRole } from "../../../helpers/login-role.ts";
import { rightsOf } from "../../../helpers/rights.ts";
import { addInteraction, addSeller } from "../../../helpers/rows.ts";
import { test } from "../../../helpers/test.ts";
import { startThrowAwayCluster } from "../../../helpers/throw-away-cluster.ts";
import { ownersHostRights } from "./table.ts";

describe("migrate", () => {
  const owners = (db: TestDatabase) => db.sql`
    select nspname as schema, pg_get_userbyid(nspowner) as owner from pg_namespace
    where nspname in ('predraft', 'graphile_worker') order by 1 desc`;

  const detach = async (db: TestDatabase): Promise<void> => {
    for (const name of [
      "zz_predraft_10_invalidate",
      "predraft_20_inserted",
      "predraft_21_updated",
      "predraft_22_deleted",
    ]) {
      await db.sql.unsafe(`drop trigger ${name} on public.interactions`);
    }
    await db.sql.unsafe(`drop trigger predraft_10_settings on public.runtime_settings;
      drop schema predraft, graphile_worker cascade; drop owned by predraft_owner, predraft_worker, predraft_reader`);
  };

  test("gives the owner the rights of the mapping and takes back those of an older one", async ({
    attached,
  }) => {
    const { sql } = attached;
    await sql`grant select on public.sellers to predraft_owner`;
    await sql`grant update (text) on public.interactions to predraft_owner`;
    await migrate({ url: attached.url, host: attachedHost });
    const { relations } = await rightsOf(sql, "predraft_owner");
    expect(relations.filter((right) => !/^(predraft|graphile_worker)\./.test(right))).toEqual(
      ownersHostRights,
    );
  });

  test("by a role that may not create roles keeps everything its own where they are missing for it, and says why", async ({
    attached,
  }) => {
    await detach(attached);
    await withLoginRole(attached, [], async ({ name, url }) => {
      await attached.sql.unsafe(`
        grant create on database ${new URL(url).pathname.slice(1)} to ${name};
        alter table public.interactions owner to ${name}; alter table public.runtime_settings owner to ${name}`);
      const { warnings } = await migrate({ url, host: attachedHost });
      expect(warnings).toHaveLength(1);
      expect(warnings[0]).toContain(`grant predraft_owner to ${name}; grant predraft_worker to ${name};`);
      expect(await owners(attached)).toMatchObject([{ owner: name }, { owner: name }]);
      await addSeller(attached.sql);
      await addInteraction(attached.sql);
      await attached.sql.unsafe(`grant predraft_owner, predraft_worker to ${name}`);
      expect((await migrate({ url })).warnings).toEqual([]);
      expect(await owners(attached)).toMatchObject([
        { owner: "predraft_owner" },
        { owner: "predraft_worker" },
      ]);
      expect((await migrate({ url })).warnings).toEqual([]);
      await addInteraction(attached.sql);
      await attached.sql.unsafe(
        "alter table public.interactions owner to postgres; alter table public.runtime_settings owner to postgres",
      );
    });
  });

  test("leaves a queue that was there before to its owner, and says which grant parts the rights", async ({
    attached,
  }) => {
    await attached.sql`comment on schema graphile_worker is 'the host''s own'`;
    await withLoginRole(attached, [], async ({ name }) => {
      await attached.sql.unsafe(`reassign owned by predraft_worker to ${name}`);
      const { warnings } = await migrate({ url: attached.url });
      expect(warnings).toEqual([expect.stringContaining(`grant ${name} to predraft_worker;`)]);
      await attached.sql.unsafe(`grant ${name} to predraft_worker`);
      expect((await migrate({ url: attached.url })).warnings).toEqual([]);
      expect(await owners(attached)).toMatchObject([{ owner: "predraft_owner" }, { owner: name }]);
    });
  });

  test("refuses, as a role without a part in predraft, before it changes anything", async ({ attached }) => {
    await withLoginRole(attached, [], async ({ name, url }) => {
      await expect(migrate({ url })).rejects.toMatchObject({
        code: "database_rights",
        hint: expect.stringContaining(`grant predraft_owner, predraft_worker to ${name};`),
      });
    });
  });
});

test("roles that another database uses are kept, and said to be; nothing of them is left in this one", async ({
  attached,
  db,
}) => {
  await attached.sql.unsafe("drop schema predraft, graphile_worker cascade");
  const { dropped, kept } = await dropRoles(attached.sql);
  expect(dropped).toEqual([]);
  expect(kept.map(({ role }) => role)).toEqual(["predraft_owner", "predraft_reader", "predraft_worker"]);
  expect(kept[0]?.reason).toContain("used in database ");
  const left = await attached.sql`
    select from pg_shdepend s join pg_roles r on r.oid = s.refobjid
    where s.refclassid = 'pg_authid'::regclass and r.rolname like 'predraft\\_%'
      and s.dbid = (select oid from pg_database where datname = current_database())`;
  expect(left).toEqual([]);
  expect(await db.sql`select from pg_roles where rolname like 'predraft\\_%'`).toHaveLength(3);
});

test("roles that nothing else uses are dropped, after what they owned went to the role that detaches", async () => {
  const cluster = await startThrowAwayCluster();
  const sql = postgres(cluster.url, { max: 1, onnotice: () => undefined });
  try {
    await sql.file(fileURLToPath(new URL("../../../helpers/attached-host.sql", import.meta.url)));
    await migrate({ url: cluster.url, host: attachedHost });
    const acl =
      () => sql`select relacl::text, attacl::text from pg_class c join pg_attribute a on a.attrelid = c.oid
      where c.oid = 'public.interactions'::regclass and attname = 'metadata'`;
    expect((await acl())[0]?.["attacl"]).toContain("predraft_owner=w");
    await sql`drop schema predraft cascade`;
    expect(await dropRoles(sql)).toEqual({
      dropped: ["predraft_owner", "predraft_reader", "predraft_worker"],
      kept: [],
    });
    expect(await sql`select from pg_roles where rolname like 'predraft%'`).toEqual([]);
    expect((await acl())[0]?.["attacl"]).toBeNull();
    expect(
      await sql`select pg_get_userbyid(nspowner) as owner from pg_namespace where nspname = 'graphile_worker'`,
    ).toEqual([{ owner: "postgres" }]);
  } finally {
    await sql.end();
    await cluster.remove();
  }
});
