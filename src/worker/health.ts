import type { Sql } from "../../db/client/connect.ts";
import { within } from "../async/timeout.ts";
import { inFull, type PredraftError } from "../errors.ts";
import type { Chain } from "../llm/chain.ts";
import type { Provider } from "../llm/provider.ts";
import type { Listener } from "./listen/listener.ts";
import type { Supervisor } from "./runner/supervisor.ts";

/** One thing that a worker needs, and what to do if it is missing. */
export interface HealthCheck {
  readonly check: "database" | "runner" | "listen" | "liveness" | "provider";
  readonly ok: boolean;
  readonly detail: string;
}

/** Where a worker's health is looked up. */
export interface HealthParts {
  readonly sql: Sql;
  readonly supervisor: Supervisor;
  readonly listener: Listener;
  readonly chain: () => Chain;
  /** Why the worker cannot use the provider that the settings name. */
  readonly unusable: () => PredraftError | null;
}

/** A database that needs longer for an empty query counts as unreachable. */
const answerMs = 2_000;

/** Checks everything that a worker needs, within 2 s; never rejects. */
export async function examineHealth(parts: HealthParts): Promise<readonly HealthCheck[]> {
  const { runs, proven } = parts.supervisor.state();
  const isListening = parts.listener.alive();
  const chain = parts.chain();
  const { database, pause } = await askDatabase(parts.sql, chain.current().name);
  return [
    database,
    { check: "runner", ok: runs, detail: runs ? "takes jobs" : "is being built anew" },
    {
      check: "listen",
      ok: isListening,
      detail: isListening ? "notifications arrive" : "notifications do not arrive: work is found by polling",
    },
    {
      check: "liveness",
      ok: proven,
      detail: proven
        ? "others can see that this worker lives"
        : "the liveness lock is lost; it is being taken again",
    },
    examineProvider(chain, parts.unusable(), pause),
  ];
}

/** Whether the database answers, and why no process calls the provider at the moment. */
async function askDatabase(
  sql: Sql,
  provider: string,
): Promise<{ readonly database: HealthCheck; readonly pause: string | null }> {
  try {
    const [row] = await within(
      sql<{ reason: string | null }[]>`
        select (select coalesce(g.paused_reason, 'paused') from predraft.gate g
          where g.provider = ${provider} and g.paused_until > clock_timestamp()) as reason`,
      answerMs,
    );
    return { database: { check: "database", ok: true, detail: "answers" }, pause: row?.reason ?? null };
  } catch (error) {
    const code = String((error as { code?: unknown }).code ?? "unknown");
    const detail = `does not answer (${code}); trying again all the time`;
    return { database: { check: "database", ok: false, detail }, pause: null };
  }
}

/** Which provider this worker asks, what stands in the way, and what to do about it. A provider that asks to wait (429) is healthy. */
function examineProvider(
  { breakers, current }: Chain,
  unusable: PredraftError | null,
  pause: string | null,
): HealthCheck {
  const down = breakers.filter(({ trouble }) => trouble !== undefined);
  const said = [
    nameOf(current()),
    ...(pause === null ? [] : [pause]),
    ...(unusable ? [`what the settings name is not asked: ${inFull(unusable)}`] : []),
    ...down.map(({ provider, trouble }) => `${nameOf(provider)} is down: ${trouble && inFull(trouble)}`),
  ];
  return {
    check: "provider",
    ok: unusable === null && down.length < breakers.length,
    detail: said.join("; "),
  };
}

const nameOf = ({ name, model }: Provider): string => `${name}, model ${model}`;
