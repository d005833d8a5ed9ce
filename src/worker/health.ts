import type { Sql } from "../../db/client.ts";
import { within } from "../../db/guard.ts";
import type { Provider } from "../llm/provider.ts";
import type { Listener } from "./listener.ts";
import type { Supervisor } from "./supervisor.ts";

/** One thing that a worker needs, and what to do where it is not there. */
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
  readonly provider: () => Provider;
}

/** A database that takes longer for nothing at all is as good as away. */
const answerMs = 2_000;

/** Looks at everything a worker needs, in up to 2 s; never rejects. */
export async function examineHealth(parts: HealthParts): Promise<readonly HealthCheck[]> {
  const { runs, proven } = parts.supervisor.state();
  const hears = parts.listener.alive();
  const [database, provider] = await askDatabase(parts.sql, parts.provider());
  return [
    database,
    { check: "runner", ok: runs, detail: runs ? "takes jobs" : "is being built anew" },
    {
      check: "listen",
      ok: hears,
      detail: hears ? "changes are heard" : "changes are not heard: work is found by polling",
    },
    {
      check: "liveness",
      ok: proven,
      detail: proven
        ? "others can see that this worker lives"
        : "the liveness lock is lost; it is being taken again",
    },
    provider,
  ];
}

async function askDatabase(sql: Sql, provider: Provider): Promise<[HealthCheck, HealthCheck]> {
  const configured = `${provider.name}, model ${provider.model}`;
  try {
    const [row] = await within(
      sql<{ reason: string | null }[]>`
        select (select coalesce(g.paused_reason, 'paused') from predraft.gate g
          where g.provider = ${provider.name} and g.paused_until > clock_timestamp()) as reason`,
      answerMs,
    );
    const reason = row?.reason ?? null;
    return [
      { check: "database", ok: true, detail: "answers" },
      {
        check: "provider",
        // One that asks to wait is as it should be; any other pause is for somebody to mend.
        ok: reason === null || reason === "throttled",
        detail: reason === null ? configured : `${configured}: ${reason}`,
      },
    ];
  } catch (error) {
    const code = String((error as { code?: unknown }).code ?? "unknown");
    return [
      { check: "database", ok: false, detail: `does not answer (${code}); trying again all the time` },
      { check: "provider", ok: true, detail: configured },
    ];
  }
}
