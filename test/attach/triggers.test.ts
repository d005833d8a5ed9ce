import { expect } from "vitest";
import { migrate } from "../../db/migrate/migrate.ts";
import { attachedHost } from "../helpers/attached-host.ts";
import { misses, takeJobs } from "../helpers/jobs.ts";
import { addInteraction, saveDraft } from "../helpers/rows.ts";
import { test } from "../helpers/test.ts";
import { until } from "../helpers/until.ts";

test("while a host's transaction holds the table, migrate says who, and leaves the others' writes alone", async ({
  attached: { url, sql, connect },
}) => {
  const id = await addInteraction(sql);
  await sql`drop trigger predraft_21_updated on public.interactions`;
  const host = await connect().reserve();
  await host`begin`;
  await host`update public.interactions set text = 'Личное' where id = ${id}`;
  const [{ pid }] = (await host`select pg_backend_pid() as pid`) as unknown as [{ pid: number }];
  let over = false;
  const refused = migrate({ url, lockPatienceMs: 600 })
    .catch((error: unknown) => error)
    .finally(() => {
      over = true;
    });
  let written = 0;
  const other = connect();
  await other`set lock_timeout = '1s'`; // ten times what anybody has to wait
  while (!over) {
    await addInteraction(other);
    written += 1;
  }
  expect(await refused).toMatchObject({
    code: "migrate_locked",
    message: expect.stringMatching(
      new RegExp(
        `public\\.interactions .*held by .*pid ${pid} \\(idle in transaction, transaction open for \\d+ s\\)`,
      ),
    ),
  });
  expect(String((await refused) as Error)).not.toMatch(/Личное|update /u);
  expect(written).toBeGreaterThan(1);
  await host`rollback`;
  host.release();
});

test("it is tried again until the host's transaction ends", async ({ attached: { url, sql, connect } }) => {
  const id = await addInteraction(sql);
  await takeJobs(sql);
  await sql`drop trigger predraft_21_updated on public.interactions`;
  const host = await connect().reserve();
  await host`begin`;
  await host`update public.interactions set status = status where id = ${id}`;
  const migrated = migrate({ url });
  await until(
    async () => {
      const waiting = await sql`
        select from pg_locks where not granted and relation = 'public.interactions'::regclass`;
      return waiting.length > 0;
    },
    { what: "migrate waits for the table" },
  );
  await host`commit`;
  host.release();
  await migrated;
  expect(await sql`select predraft.trigger_problem() as problem`).toEqual([{ problem: null }]);
  await sql`update public.interactions set text = 'Иначе' where id = ${id}`;
  expect(await takeJobs(sql)).toEqual([id]);
});

test("a trigger that a host added after ours is taken into account by the next migrate", async ({
  attached: { url, sql },
}) => {
  const id = await addInteraction(sql);
  await takeJobs(sql);
  await sql.unsafe(`
    create function public.shout() returns trigger language plpgsql as $$ begin new.text := upper(new.text); return new; end $$;
    create trigger zzz_shout before update on public.interactions for each row execute function public.shout()`);
  await migrate({ url });
  await sql`update public.interactions set status = status where id = ${id}`;
  expect(await takeJobs(sql)).toEqual([id]);
});

test("a migrate on an unchanged database takes no lock on a host's table that a writer would feel", async ({
  attached: { url, sql, connect },
}) => {
  await addInteraction(sql);
  const host = await connect().reserve();
  await host`begin`;
  await host`lock table public.interactions, public.runtime_settings in row exclusive mode`;
  await migrate({ url, lockPatienceMs: 0 });
  await host`rollback`;
  host.release();
});

test("a host that renames columns goes on writing; what is missed is enqueued, and a new attach learns the names", async ({
  attached: { url, sql },
}) => {
  const id = await addInteraction(sql);
  await saveDraft(sql, id);
  await takeJobs(sql);
  await sql.unsafe(`
    alter table public.interactions rename column text to body;
    alter table public.interactions rename column metadata to info`);
  await sql`update public.interactions set body = 'Иначе' where id = ${id}`;
  await sql`insert into public.interactions (seller_id, marketplace, channel, external_id, body, occurred_at)
    values (1, 'wildberries', 'question', 'after', 'Новый', now())`;
  expect(await misses(sql)).toHaveLength(2);
  await sql`select predraft.drain_misses()`;
  expect(await takeJobs(sql)).toHaveLength(2);
  await migrate({
    url,
    host: {
      ...attachedHost,
      document: { column: "info", type: "json" },
      columns: { ...attachedHost.columns, text: "body" },
    },
  });
  await sql`update public.interactions set body = 'Снова иначе' where id = ${id}`;
  expect(await takeJobs(sql)).toEqual([id]);
  expect(await misses(sql)).toEqual([]);
});
