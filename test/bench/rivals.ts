import type { Sql } from "../../db/client.ts";

/** What is compared: table of the same shape, with what on it. */
export const tables = {
  predraft: "public.interactions",
  rowTrigger: "bench.by_row",
  bare: "bench.bare",
} as const;

export type Rival = keyof typeof tables;

/**
 * Creates the tables beside predraft's: the same columns, indexes, checks and foreign key; one of them with the row trigger
 * of graphile-worker's documentation.
 */
export async function createRivals(sql: Sql): Promise<void> {
  for (const name of ["by_row", "bare"]) {
    await sql.unsafe(`
      create table bench.${name} (like public.interactions including all);
      alter table bench.${name} add foreign key (seller_id) references public.sellers;`);
  }
  await sql.unsafe(`
    create function bench.tg_add_job() returns trigger language plpgsql as $$
    begin
      perform graphile_worker.add_job('bench_row', json_build_object('id', new.id));
      return new;
    end $$;
    create trigger add_job after insert on bench.by_row for each row execute function bench.tg_add_job();`);
  // The first use of a task's name writes a row; not inside what is measured.
  await sql`select from graphile_worker.add_job('bench_row')`;
}
