import type { Client } from "./rows.ts";

/** A draft job as it lies in the queue. */
export interface Job {
  readonly id: string;
  readonly interaction: string;
  readonly key: string;
  readonly priority: number;
  readonly runAt: Date;
  readonly maxAttempts: number;
  readonly payload: Record<string, unknown>;
}

/** Every draft job in the order in which they were added, finished or not. */
export async function jobs(sql: Client): Promise<Job[]> {
  const rows = await sql`
    select j.id, j.key, j.priority, j.run_at, j.max_attempts, p.payload
    from graphile_worker.jobs j join graphile_worker._private_jobs p using (id)
    where j.task_identifier = 'generate_draft' order by j.id`;
  return rows.map((row) => ({
    id: String(row["id"]),
    interaction: String(row["payload"]["interactionId"]),
    key: row["key"],
    priority: row["priority"],
    runAt: row["run_at"],
    maxAttempts: row["max_attempts"],
    payload: row["payload"],
  }));
}

/** The interactions of the jobs added since the last call, which are removed. */
export async function takeJobs(sql: Client): Promise<string[]> {
  const found = await jobs(sql);
  await sql`select graphile_worker.complete_jobs(${found.map((job) => job.id)}::bigint[])`;
  return found.map((job) => job.interaction);
}

/** From now on graphile-worker refuses jobs, as where its schema is broken. */
export async function breakQueue(sql: Client): Promise<void> {
  await sql.unsafe(`
    alter function graphile_worker.add_jobs(graphile_worker.job_spec[], boolean) rename to add_jobs_intact;
    create function graphile_worker.add_jobs(specs graphile_worker.job_spec[], job_key_preserve_run_at boolean default false)
    returns setof graphile_worker._private_jobs language plpgsql as $$ begin raise exception 'the queue is broken'; end $$`);
}

/** Undoes `breakQueue`. */
export async function mendQueue(sql: Client): Promise<void> {
  await sql.unsafe(`
    drop function graphile_worker.add_jobs(graphile_worker.job_spec[], boolean);
    alter function graphile_worker.add_jobs_intact(graphile_worker.job_spec[], boolean) rename to add_jobs`);
}

/** What is recorded as not done, oldest first. */
export async function misses(sql: Client): Promise<{ interaction: string; reason: string }[]> {
  const rows = await sql`select interaction_id, reason from predraft.enqueue_misses order by id`;
  return rows.map((row) => ({ interaction: String(row["interaction_id"]), reason: row["reason"] }));
}
