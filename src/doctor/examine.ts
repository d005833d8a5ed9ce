import { connect, type Sql } from "../../db/client/connect.ts";
import { findPooler } from "../../db/client/pooler.ts";
import { readSettings, type Settings } from "../../db/client/settings.ts";
import { type HostMapping, hostMapping } from "../../db/host/mapping.ts";
import { PredraftError } from "../errors.ts";
import { checkClock, checkConnection, checkPooling } from "./connection.ts";
import { type Finding, ok, problem } from "./finding.ts";
import { checkReadings } from "./readings.ts";
import { checkRights } from "./rights.ts";
import { checkSchema } from "./schema.ts";
import { checkServer } from "./server.ts";
import { checkTriggers } from "./triggers.ts";
import { checkWork } from "./work.ts";

/** The addresses to look at. */
export interface Addresses {
  readonly url: string;
  /** Past a pooler; the same if there is none. */
  readonly directUrl: string;
}

/** What the database told: findings, and the acting settings where they could be read. */
export interface Examination {
  readonly findings: readonly Finding[];
  readonly settings: Settings | undefined;
}

/** Looks at the database and all that predraft has in it. Changes nothing. Throws `database_unreachable`. */
export async function examine({ url, directUrl }: Addresses): Promise<Examination> {
  const pooled = await findPooler(url);
  const same = url === directUrl;
  const direct = same ? pooled : await findPooler(directUrl);
  const sql = connect(url, { max: 1, applicationName: "predraft doctor" });
  try {
    const findings: Finding[] = [
      await checkConnection(sql, url),
      ...checkPooling(pooled, direct, same),
      await checkClock(sql),
    ];
    const schema = await look("schema", () => checkSchema(sql));
    const installed = schema.some(({ check }) => check === "queue");
    const settings = installed ? await readSettings(sql).catch(() => undefined) : undefined;
    findings.push(
      ...(await look("server", () => checkServer(sql, settings?.ai_draft_concurrency ?? 8))),
      ...schema,
    );
    if (installed) findings.push(...(await examineInstalled(sql)));
    return { findings, settings };
  } finally {
    await sql.end({ timeout: 1 });
  }
}

async function examineInstalled(sql: Sql): Promise<Finding[]> {
  const rows = await sql`select mapping from predraft.host`.catch(() => []);
  const host = hostMapping.safeParse(rows[0]?.["mapping"]);
  if (!host.success) {
    const todo = "grant predraft_worker to this role, or run `predraft migrate`";
    return [problem("host", "what predraft is attached to can't be read", todo)];
  }
  return [
    ok("host", describeHost(host.data)),
    ...(await look("rights", () => checkRights(sql, host.data))),
    ...(await look("triggers", () => checkTriggers(sql, host.data))),
    ...(await look("readings", () => checkReadings(sql, host.data))),
    ...(await look("work", () => checkWork(sql))),
  ];
}

function describeHost({ table, document, greenfield }: HostMapping): string {
  const whose = greenfield ? "predraft's own tables" : "attached to";
  return `${whose}${greenfield ? "," : ""} ${table.schema}.${table.name}, drafts in ${document.column} (${document.type})`;
}

/** A check that this role may not make is a finding, not the end. */
async function look(check: string, work: () => Promise<Finding[]>): Promise<Finding[]> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof PredraftError) throw error;
    const { code } = error as { code?: string };
    if (code === undefined || !/^[0-9A-Z]{5}$/.test(code)) throw error;
    const why = code === "42501" ? "this role lacks the right" : `the database answered with error ${code}`;
    return [
      problem(
        check,
        `could not be looked at: ${why}`,
        code === "42501" ? "grant predraft_worker to this role" : "run `predraft migrate`",
      ),
    ];
  }
}
