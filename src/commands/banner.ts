import { resolve } from "node:path";
import { describeAddress } from "../../db/client/address.ts";
import type { Sql } from "../../db/client/connect.ts";
import { type DatabaseAddress, embeddedDirectory } from "../console/database.ts";
import type { Output } from "../console/output.ts";
import type { Provider } from "../llm/provider.ts";

interface Surroundings {
  /** Whether the database is predraft's own, with made-up data that an example may change. */
  readonly own: boolean;
  /** Interactions that this start has loaded as demo data. */
  readonly demo: number | undefined;
}

/** Prints what a newcomer reads: where the data is, who writes the drafts, and how to see them. */
export async function describeStart(
  out: Output,
  sql: Sql,
  address: DatabaseAddress,
  provider: Provider,
  { own, demo }: Surroundings,
): Promise<void> {
  const field = (name: string, value: string): void => out.line(`  ${name.padEnd(10)} ${value}`);
  field(
    "database",
    own ? "PostgreSQL 18 of predraft's own" : `your PostgreSQL at ${describeAddress(address.url)}`,
  );
  if (own) field("data", resolve(embeddedDirectory));
  for (const [index, line] of modelLines(provider).entries()) field(index === 0 ? "model" : "", line);
  if (demo !== undefined) field("demo", `${demo} interactions of 3 sellers, loaded once`);
  out.line();
  const example = await (own ? findDemoExample(sql) : findExample(sql));
  if (example === undefined) {
    out.line("There are no interactions yet. Each that is written gets its draft by itself.");
  } else {
    out.line("Each interaction that wants a draft now gets one. To look, in another terminal:");
    out.line();
    out.line(`  ${out.bold(address.psql)}`);
    for (const query of queries(example)) out.line(`    ${out.dim(query)}`);
    out.line();
    const explain = `npm run predraft -- explain ${example.id}`;
    out.line(`  ${out.dim(`${explain}   says why it has the draft it has`)}`);
  }
  out.line(`  ${out.dim("Ctrl-C stops")}`);
  out.line();
}

function modelLines(provider: Provider): string[] {
  if (provider.remote)
    return [`${provider.model} through ${provider.name}; limits and pace are in runtime_settings`];
  return [
    "none: rules write the drafts, offline and free",
    "(set a key, and a model writes them: .env.example)",
  ];
}

/** An interaction that is really there. */
export interface Example {
  readonly id: string;
  /** A statement that changes it, and so its draft; absent if the data is not ours to change. */
  readonly update?: string;
}

function queries({ id, update }: Example): string[] {
  const literal = /^\d+$/.test(id) ? id : `'${id}'`;
  return [
    "select id, channel, draft_state from predraft.interactions limit 10;",
    "select extra_data->'last_ai_draft'->>'text' from predraft.interactions",
    `  where id = ${literal};`,
    ...(update === undefined ? [] : [update, "  -- the old draft is gone at once, a new one follows"]),
    "select * from predraft.queue;     -- jobs in their order",
    "select * from predraft.health;    -- what is wrong",
  ];
}

async function findExample(sql: Sql): Promise<Example | undefined> {
  const [row] = await sql<
    Example[]
  >`select id::text as id from predraft.interactions i order by i.id desc limit 1`;
  return row;
}

/**
 * The first open review of our own tables that has a text. The update turns a good review into a bad one and the reverse, so each
 * time it is run as printed it makes another draft.
 */
export async function findDemoExample(sql: Sql): Promise<Example | undefined> {
  const [row] = await sql<{ id: string; good: boolean }[]>`
    select id::text as id, coalesce(rating, 5) > 3 as good from public.interactions i
    where channel = 'review' and text <> '' and needs_response and status <> 'responded'
    order by i.id limit 1`;
  if (row === undefined) return await findExample(sql);
  const change = row.good ? "rating = 1, text = 'Молния сломалась'" : "rating = 5, text = 'Всё подошло!'";
  return { id: row.id, update: `update interactions set ${change} where id = ${row.id};` };
}
