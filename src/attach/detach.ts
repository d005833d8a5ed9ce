import { connect, reach, type Sql } from "../../db/client/connect.ts";
import { asUnreachable } from "../../db/client/explain-error.ts";
import { dropRoles } from "../../db/migrate/roles/drop.ts";
import type { Output } from "../console/output.ts";
import type { Ask } from "../console/terminal.ts";
import { PredraftError } from "../errors.ts";
import { alone } from "./attachment.ts";
import { dropDrafts } from "./existing-drafts.ts";
import { shown } from "./names.ts";
import { dropSchemas, dropTriggers, type Found, findAttached } from "./uninstall.ts";

/** What `runDetach` needs. */
export interface DetachDeps {
  readonly url: string;
  readonly out: Output;
  readonly ask: Ask;
  readonly stopping: AbortSignal;
  /** How long each lock is tried for, milliseconds; 300,000. */
  readonly patienceMs?: number;
}

/** What the command line says. */
export interface DetachRun {
  /** Take the drafts out of the documents, too. */
  readonly dropDrafts: boolean;
  readonly yes: boolean;
  /** Even with workers alive, and where objects of the host's go with the schema. */
  readonly force: boolean;
}

/**
 * Takes predraft out of a host's database, so that its schema is what it was. Can be run again wherever it was cut off; where
 * predraft is not, it says so and changes nothing. Throws `detach_workers_alive`, `detach_dependants`, `detach_unconfirmed`,
 * `detach_greenfield` or `detach_locked`.
 */
export async function runDetach(deps: DetachDeps, run: DetachRun): Promise<void> {
  await reach(deps.url);
  const sql = connect(deps.url, { max: 3, applicationName: "predraft detach" });
  try {
    const wait = (): void => deps.out.line("another attach or detach is at work here: waiting for it");
    await alone(deps.url, wait, async () => {
      const found = await findAttached(sql);
      if (found === undefined) {
        deps.out.line("predraft is not in this database: nothing to do");
        return;
      }
      await confirm(deps, run, found);
      await remove(sql, deps, run, found);
    });
  } catch (error) {
    throw asUnreachable(error, deps.url);
  } finally {
    await sql.end({ timeout: 5 });
  }
}

async function confirm({ out, ask }: DetachDeps, run: DetachRun, found: Found): Promise<void> {
  if (found.workers.length > 0 && !run.force) {
    throw new PredraftError(`Workers are alive: ${found.workers.join(", ")}`, {
      code: "detach_workers_alive",
      hint: "Stop them first (SIGTERM), or say --force: their jobs are gone then, and calls under way are paid for nothing.",
    });
  }
  if (found.dependants.length > 0 && !run.force) {
    throw new PredraftError(
      `Objects of the host's build on predraft and would go with it: ${found.dependants.join(", ")}`,
      {
        code: "detach_dependants",
        hint: "Drop or change them first, or say --force to have them dropped.",
      },
    );
  }
  out.line(
    found.host
      ? `predraft is attached to ${shown(found.host.table)}. Detaching removes`
      : "An attach was cut off here. Detaching removes",
  );
  for (const line of removals(run, found)) out.line(`  ${line}`);
  if (run.yes || (ask !== null && (await ask("Detach?")))) return;
  throw new PredraftError("Nothing was changed: detaching was not agreed to", {
    code: "detach_unconfirmed",
    ...(ask === null ? { hint: "There is no terminal to ask on: say --yes." } : {}),
  });
}

function removals(run: DetachRun, { host, settingsKeys, queueThere, queueStays }: Found): string[] {
  const drafts = run.dropDrafts
    ? "the drafts that predraft wrote into the documents (the host's own stay, without predraft's stamps)"
    : "no draft from the documents (--drop-drafts would)";
  return [
    "its triggers, the schema predraft with the drafts' history, and its roles",
    ...(queueThere
      ? [
          queueStays === null
            ? "the schema graphile_worker, which it made"
            : `its jobs; graphile_worker stays: ${queueStays}`,
        ]
      : []),
    ...(settingsKeys.length > 0 ? [`settings that came after it: ${settingsKeys.join(", ")}`] : []),
    ...(host ? [drafts] : []),
  ];
}

async function remove(sql: Sql, deps: DetachDeps, run: DetachRun, found: Found): Promise<void> {
  const { out, stopping } = deps;
  const patience = {
    ...(deps.patienceMs === undefined ? {} : { patienceMs: deps.patienceMs }),
    onWait: (what: string) => out.line(`${what}: the host holds it, trying again`),
  };
  const triggers = await dropTriggers(sql, patience);
  out.line(`${triggers} triggers removed: the host's writes are as before`);
  if (run.dropDrafts && found.host) {
    const { done, held } = await dropDrafts(sql, found.host, { stopping });
    out.line(`drafts taken out of ${done} documents`);
    if (held > 0 || stopping.aborted) {
      throw new PredraftError(
        stopping.aborted
          ? "Stopped before all drafts were out"
          : `${held} documents are held by the host's transactions`,
        {
          code: "detach_locked",
          retryable: true,
          hint: "Run the same detach again: what is done stays done.",
        },
      );
    }
  }
  await dropSchemas(sql, found, patience);
  const { dropped, kept } = await dropRoles(sql);
  out.line("the schema predraft is removed");
  if (dropped.length > 0) out.line(`roles removed: ${dropped.join(", ")}`);
  for (const { role, reason } of kept) out.line(`role ${role} stays: ${reason}`);
}
