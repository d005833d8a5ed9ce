import { fileURLToPath } from "node:url";
import postgres from "postgres";
import { migrate } from "../../db/migrate/migrate.ts";
import { attachedHost } from "./attached-host.ts";

/**
 * Creates the databases that every test's own is cloned from: `predraft_greenfield`, an empty database migrated, and
 * `predraft_attached`, a foreign host's database with predraft attached to it.
 */
export async function createTemplates(adminUrl: string): Promise<void> {
  const admin = postgres(adminUrl, { max: 1, onnotice: () => undefined });
  try {
    await createTemplate(admin, adminUrl, "predraft_greenfield", (url) => migrate({ url }));
    await createTemplate(admin, adminUrl, "predraft_attached", async (url) => {
      await runFile(url, new URL("attached-host.sql", import.meta.url));
      await migrate({ url, host: attachedHost });
    });
  } finally {
    await admin.end();
  }
}

async function createTemplate(
  admin: postgres.Sql,
  adminUrl: string,
  name: string,
  fill: (url: string) => Promise<unknown>,
): Promise<void> {
  await admin`create database ${admin(name)}`;
  await fill(adminUrl.replace(/\/postgres$/, `/${name}`));
  // Nobody can be connected to a template while it is cloned, so nobody may connect at all.
  await admin`alter database ${admin(name)} with is_template true allow_connections false`;
}

async function runFile(url: string, file: URL): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => undefined });
  try {
    await sql.file(fileURLToPath(file));
  } finally {
    await sql.end();
  }
}
