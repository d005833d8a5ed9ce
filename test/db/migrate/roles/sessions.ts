import postgres from "postgres";
import type { TestDatabase } from "../../../helpers/database.ts";
import { withLoginRole } from "../../../helpers/login-role.ts";

export type Who = "worker" | "reader" | "ingest";

/** A session of a new login role; the ingest's may write all of the host's tables. */
export async function as(
  db: TestDatabase,
  who: Who,
  work: (sql: postgres.Sql) => Promise<void>,
): Promise<void> {
  await withLoginRole(db, who === "ingest" ? [] : [`predraft_${who}`], async ({ name, url }) => {
    if (who === "ingest") {
      await db.sql.unsafe(`grant select, insert, update, delete on all tables in schema public to ${name};
        grant usage on all sequences in schema public to ${name}`);
    }
    const sql = postgres(url, { max: 1, onnotice: () => undefined });
    try {
      await work(sql);
    } finally {
      await sql.end();
    }
  });
}
