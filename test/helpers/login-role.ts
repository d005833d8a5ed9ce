import { randomUUID } from "node:crypto";
import type { TestDatabase } from "./database.ts";

/** A role that can log in, and an address that does. */
export interface LoginRole {
  readonly name: string;
  readonly url: string;
}

/** Lends a new login role that is a member of the given roles; dropped afterwards with what it owns and was granted. */
export async function withLoginRole<T>(
  db: TestDatabase,
  memberOf: readonly string[],
  work: (role: LoginRole) => Promise<T>,
): Promise<T> {
  const name = `login_${randomUUID().replaceAll("-", "")}`;
  await db.sql.unsafe(
    `create role ${name} login password 'secret' ${memberOf.length > 0 ? `in role ${memberOf.join(", ")}` : ""}`,
  );
  const url = new URL(db.url);
  url.username = name;
  url.password = "secret";
  try {
    return await work({ name, url: url.href });
  } finally {
    await db.sql.unsafe(`drop owned by ${name}; drop role ${name}`);
  }
}
