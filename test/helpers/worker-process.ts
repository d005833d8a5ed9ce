import { type Command, runCli } from "./cli.ts";
import type { Rig } from "./rig.ts";

/** Starts `predraft worker` (or another command) in a process of its own, on the rig's database and model. */
export function spawnWorker(
  rig: Rig,
  env: Readonly<Record<string, string>> = {},
  args: readonly string[] = ["worker"],
): Command {
  return runCli(args, {
    DATABASE_URL: rig.db.url,
    LLM_BASE_URL: rig.model.baseUrl,
    LLM_MODEL: "test-model",
    LOG_LEVEL: "warn",
    ...env,
  });
}

/** Terminates the sessions of this database whose application_name is like this, as an administrator does. */
export const cutSessions = (rig: Rig, name: string) => rig.sql`
  select pg_terminate_backend(pid) from pg_stat_activity
  where datname = current_database() and application_name like ${name} and pid <> pg_backend_pid()`;

/** What is locked or claimed at this moment. */
export async function held(rig: Rig): Promise<{ jobs: number; claims: number }> {
  const [row] = await rig.sql<{ jobs: number; claims: number }[]>`
    select (select count(*)::int from graphile_worker.jobs where locked_at is not null) as jobs,
      (select count(*)::int from predraft.draft_claims) as claims`;
  return row as { jobs: number; claims: number };
}
