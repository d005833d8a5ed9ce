import type { Sql } from "../client/connect.ts";

/** The comment on graphile-worker's schema that says whose it is: only what predraft made is given away, or removed at detach. */
export const queueMark = "made by predraft";

/** The last migration of graphile-worker's schema that the version in package.json makes. */
export const queueRevision = 20;

/** What `ensureQueueSchema` runs if there is no such schema. */
export const queueSchemaStatements: readonly string[] = [
  "create schema graphile_worker",
  `comment on schema graphile_worker is '${queueMark}'`,
];

/** Makes graphile-worker's schema, marked as ours, if there is none; one that is there already stays as it is. */
export async function ensureQueueSchema(sql: Sql): Promise<void> {
  await sql.begin(async (tx) => {
    const [row] = await tx`select to_regnamespace('graphile_worker') is not null as there`;
    if (row?.["there"]) return;
    for (const statement of queueSchemaStatements) await tx.unsafe(statement);
  });
}
