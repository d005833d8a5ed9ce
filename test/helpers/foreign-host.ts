import { randomUUID } from "node:crypto";
import postgres from "postgres";
import { inject } from "vitest";
import { greenfieldHost, type HostMapping } from "../../db/host/mapping.ts";

/** A host's database without anything of ours in it yet. */
export interface ForeignHost {
  readonly url: string;
  readonly sql: postgres.Sql;
}

/** Lends a new database in which `ddl` was run, and drops it afterwards. */
export async function withForeignHost(
  ddl: string,
  work: (host: ForeignHost) => Promise<void>,
): Promise<void> {
  const adminUrl = inject("postgresUrl");
  const admin = postgres(adminUrl, { max: 1, onnotice: () => undefined });
  const name = `test_${randomUUID().replaceAll("-", "")}`;
  await admin.unsafe(`create database ${name} template template0`);
  const url = adminUrl.replace(/\/postgres$/, `/${name}`);
  const sql = postgres(url, { max: 4, onnotice: () => undefined });
  try {
    await sql.unsafe(ddl);
    await work({ url, sql });
  } finally {
    await sql.end({ timeout: 1 });
    await admin.unsafe(`drop database ${name} with (force)`);
    await admin.end();
  }
}

/** A mapping of a host that has the six required columns under their canonical names, and what `fields` adds or replaces. */
export function mappingOf(
  fields: Omit<Partial<HostMapping>, "columns"> & { readonly columns?: Partial<HostMapping["columns"]> },
): HostMapping {
  const { columns, ...rest } = fields;
  const absent = Object.fromEntries(Object.keys(greenfieldHost.columns).map((name) => [name, null]));
  const required = Object.fromEntries(
    ["id", "seller_id", "channel", "text", "status", "needs_response"].map((name) => [name, name]),
  );
  return {
    ...greenfieldHost,
    greenfield: false,
    document: { column: "metadata", type: "jsonb" },
    settings: { schema: "predraft", name: "runtime_settings" },
    ...rest,
    columns: { ...absent, ...required, ...columns } as HostMapping["columns"],
  };
}
