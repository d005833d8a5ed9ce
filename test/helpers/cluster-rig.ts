import postgres from "postgres";
import { migrate } from "../../db/migrate/migrate.ts";
import { lendRig, type Rig, test as rigged } from "./rig.ts";
import { startThrowAwayCluster, type ThrowAwayCluster } from "./throw-away-cluster.ts";
import { until } from "./until.ts";

/** `test` with a PostgreSQL of the test's own, which it may halt and resume, and a rig on it. */
export const test = rigged.extend<{ cluster: ThrowAwayCluster; clusterRig: Rig }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads the fixtures' names from the pattern
  cluster: async ({}, use) => {
    const cluster = await startThrowAwayCluster(undefined, { max_connections: "60" });
    await use(cluster);
    await cluster.remove();
  },
  clusterRig: async ({ cluster, model }, use) => {
    await migrate({ url: cluster.url });
    const connect: Rig["db"]["connect"] = (options) =>
      postgres(cluster.url, { max: 1, onnotice: () => undefined, ...options });
    const sql = connect({ max: 10 });
    await lendRig({ url: cluster.url, sql, connect }, model, "extra_data", use);
    await sql.end({ timeout: 1 });
  },
});

/** Waits until the test's own connections work again. */
export async function answering(rig: Rig): Promise<void> {
  const answers = () =>
    rig.sql`select`.then(
      () => true,
      () => false,
    );
  await until(answers, { what: "the database answers", timeoutMs: 30_000 });
}
