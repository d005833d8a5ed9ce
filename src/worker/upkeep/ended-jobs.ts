import type { Sql } from "../../../db/client/connect.ts";

/** Notes of whose jobs those were that have ended, on their way out of `predraft.job_owners`. */
export interface EndedJobs {
  add(job: { readonly key: string | null; readonly payload: unknown }): void;
  /** Removes the notes of all that ended since the last call. Rejects where the database is away; what it had stays for the next call. */
  flush(): Promise<void>;
}

/** One statement a second in place of one a job. What a worker that dies has not told is removed by the task `clean_up`. */
export function createEndedJobs(sql: Sql): EndedJobs {
  const ended = new Map<string, string>();
  return {
    add({ key, payload }) {
      const id = (payload as { interactionId?: string | number } | null)?.interactionId;
      if (key !== null && id !== undefined) ended.set(key, String(id));
    },
    async flush() {
      const batch = [...ended];
      if (batch.length === 0) return;
      await sql`select predraft.forget_jobs(${batch.map(([, id]) => id)}, ${batch.map(([key]) => key)})`;
      for (const [key] of batch) ended.delete(key);
    },
  };
}
