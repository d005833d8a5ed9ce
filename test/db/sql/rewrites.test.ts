import { expect } from "vitest";
import { onEachHost } from "../../helpers/hosts.ts";
import { takeJobs } from "../../helpers/jobs.ts";
import { addInteraction, addInteractions, saveDraft, show } from "../../helpers/rows.ts";
import { test } from "../../helpers/test.ts";

onEachHost(
  "a stale draft that got in past our triggers is never taken for fresh: the sweep finds it, and any change drops it",
  async (host) => {
    const { sql, document } = host;
    const id = await addInteraction(sql);
    await saveDraft(sql, id);
    await takeJobs(sql);
    await sql.begin(async (tx) => {
      await tx`set local session_replication_role = replica`;
      await tx`update public.interactions set text = 'Иначе', occurred_at = now() where id = ${id}`;
    });
    await sql`update public.interactions set ${sql(document)} = ${sql(document)} where id = ${id}`;
    expect((await show(sql, id)).state).toBe("none");
    expect(await sql`select interaction_id::text as id from predraft.unserved(true)`).toEqual([{ id }]);
    await sql`update public.interactions set text = 'Ещё иначе' where id = ${id}`;
    expect((await show(sql, id)).draft).toBeNull();
  },
);

onEachHost(
  "one changed row among many unchanged ones is enqueued, in whatever way they are written",
  async (host) => {
    const { sql, db, document } = host;
    const ids = await addInteractions(sql, 4);
    const [a = "", b = "", c = "", d = ""] = ids;
    for (const id of ids) await saveDraft(sql, id);
    await takeJobs(sql);
    const same = (id: string) => `update public.interactions set ${document} = ${document} where id = ${id}`;
    const changed = (id: string, text: string) =>
      `update public.interactions set text = '${text}' where id = ${id}`;

    await sql.begin(async (tx) => {
      for (const statement of [same(a), changed(b, "1"), same(c), same(b), same(d)])
        await tx.unsafe(statement);
    });
    expect(await takeJobs(sql)).toEqual([b]);

    await db.connect().unsafe([same(a), changed(b, "2"), same(c), changed(d, "2"), same(a)].join(";"));
    expect(await takeJobs(sql)).toEqual([b, d]);

    await sql.unsafe(
      `with x as (${changed(a, "3")} returning id), y as (${same(b)} returning id) ${same(c)}`,
    );
    expect(await takeJobs(sql)).toEqual([a]);

    await sql.unsafe(`update public.interactions set text = case when id = ${c} then '4' else text end`);
    expect(await takeJobs(sql)).toEqual([c]);

    await sql.unsafe(
      `do $$ begin ${same(a)}; ${changed(a, "5")}; ${same(b)}; begin ${changed(b, "5")}; perform 1 / 0; exception when others then null; end; ${changed(c, "5")}; end $$`,
    );
    expect(await takeJobs(sql)).toEqual([a, c]);
  },
);

test("a host's trigger that writes other rows in the midst of a statement hides no change of that statement's", async ({
  db: { sql },
}) => {
  const [a = "", b = "", c = ""] = await addInteractions(sql, 3);
  await takeJobs(sql);
  await sql.unsafe(`
    create function public.also() returns trigger language plpgsql as $$ begin
      if pg_trigger_depth() = 1 then update public.interactions set updated_at = now() where id = ${c}; end if;
      return new;
    end $$;
    create trigger also before update on public.interactions for each row execute function public.also();
    create trigger also_after after update on public.interactions for each row execute function public.also()`);
  await sql`update public.interactions set text = 'Иначе' where id in (${a}, ${b})`;
  expect((await takeJobs(sql)).toSorted()).toEqual([a, b].toSorted());
});
