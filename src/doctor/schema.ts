import { readSchemaVersion } from "../../db/client/compatibility.ts";
import type { Sql } from "../../db/client/connect.ts";
import { findMissingRights } from "../../db/migrate/preconditions.ts";
import { queueRevision } from "../../db/migrate/queue-schema.ts";
import { schemaVersion } from "../../db/schema-version.ts";
import { type Finding, ok, problem, warning } from "./finding.ts";

/** Whether predraft's schema and the queue's are those that this predraft works with. */
export async function checkSchema(sql: Sql): Promise<Finding[]> {
  const there = await readSchemaVersion(sql);
  if (there === undefined) {
    const missing = await findMissingRights(sql, true);
    return [
      ...(missing === undefined ? [] : [problem("rights", missing.what, missing.todo)]),
      problem(
        "schema",
        "predraft is not installed in this database",
        "run `predraft migrate` (a database of its own) or `predraft attach` (another application's)",
      ),
    ];
  }
  return [checkOurs(there.version), await checkQueue(sql)];
}

function checkOurs(version: number): Finding {
  if (version > schemaVersion)
    return problem(
      "schema",
      `version ${version}, newer than this predraft's ${schemaVersion}`,
      "update this predraft",
    );
  if (version < schemaVersion)
    return problem(
      "schema",
      `version ${version}, older than this predraft's ${schemaVersion}`,
      "run `predraft migrate`",
    );
  return ok("schema", `version ${version}, as this predraft's`);
}

async function checkQueue(sql: Sql): Promise<Finding> {
  const [row] = await sql<{ revision: number; breaking: number }[]>`
    select max(id) as revision, coalesce(max(id) filter (where breaking), 0) as breaking from graphile_worker.migrations`;
  const { revision, breaking } = row as { revision: number; breaking: number };
  if (breaking > queueRevision)
    return problem(
      "queue",
      `graphile-worker's schema is revision ${revision}, which breaks ours (${queueRevision})`,
      "update this predraft",
    );
  if (revision < queueRevision)
    return problem(
      "queue",
      `graphile-worker's schema is revision ${revision}, ours is ${queueRevision}`,
      "run `predraft migrate`",
    );
  if (revision > queueRevision)
    return warning(
      "queue",
      `graphile-worker's schema is revision ${revision}, ours is ${queueRevision}`,
      "update this predraft soon",
    );
  return ok("queue", `graphile-worker's schema, revision ${revision}`);
}
