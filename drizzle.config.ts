import { defineConfig } from "drizzle-kit";

/** `npm run db:generate` writes the next migration from db/schema.ts. Functions, triggers and views live in db/sql. */
export default defineConfig({
  dialect: "postgresql",
  schema: "./db/schema.ts",
  out: "./db/migrations",
  schemaFilter: ["predraft"],
  migrations: { schema: "predraft", table: "migrations" },
});
