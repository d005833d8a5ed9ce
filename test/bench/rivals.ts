import type { Sql } from "../../db/client/connect.ts";

/** What is compared: table of the same shape, with what on it. */
export const tables = {
  predraft: "public.interactions",
  rowTrigger: "bench.by_row",
  bare: "bench.bare",
} as const;

export type Rival = keyof typeof tables;

/**
 * Creates the tables beside predraft's: the same columns, indexes, checks and foreign key; one of them with the row trigger
 * that one would write without predraft: a job for each interaction, under a key of its own, with the host's priority.
 */
export async function createRivals(sql: Sql): Promise<void> {
  await sql`create schema if not exists bench`;
  for (const name of ["by_row", "bare"]) {
    await sql.unsafe(`
      create table bench.${name} (like public.interactions including all);
      alter table bench.${name} add foreign key (seller_id) references public.sellers;`);
  }
  await sql.unsafe(`
    create function bench.tg_add_job() returns trigger language plpgsql as $$
    begin
      perform graphile_worker.add_job('bench_row', json_build_object('interactionId', new.id), job_key => 'draft:' || new.id,
        priority => case new.priority when 'urgent' then 0 when 'high' then 10 when 'low' then 30 else 20 end);
      return new;
    end $$;
    create trigger add_job after insert on bench.by_row for each row execute function bench.tg_add_job();`);
  // The first use of a task's name writes a row; not inside what is measured.
  await sql`select from graphile_worker.add_job('bench_row', job_key => 'first')`;
  await sql`select from graphile_worker.remove_job('first')`;
}
