import type { ProfileName } from "./profile.ts";

/** One guard, taken out by replacing text in files of a copy of the tree. */
export interface Mutation {
  readonly guard: string;
  /** The profile that leans towards the danger. */
  readonly profile: ProfileName;
  readonly edits: readonly { readonly file: string; readonly find: string; readonly replace: string }[];
  /** Where a second guard stands behind it, so that no run can tell: which one, and the test that does. */
  readonly covered?: string;
}

const reserve = "db/sql/090_reserve.sql";
const limits = "db/sql/088_limits.sql";
const project = "db/sql/080_host_project.sql";
const comparison = { file: project, find: "      and {{i.hash}} = ours.draft.content_hash\n", replace: "" };
const settling = {
  file: "db/sql/050_host_invalidate.sql",
  find: "when incoming ->> 'content_hash' = hash and case",
  replace: "when incoming ->> 'content_hash' is not null and case",
};

/** What must not be missed by the suite. */
export const mutations: readonly Mutation[] = [
  {
    guard: "compare-and-set in project_draft",
    profile: "changes",
    edits: [comparison],
    covered:
      "the BEFORE trigger takes a stale draft out again; test/db/sql/invalidate.test.ts: a draft for content that has changed meanwhile is not written beside it",
  },
  {
    guard: "the BEFORE trigger's comparison of an incoming draft",
    profile: "changes",
    edits: [settling],
  },
  {
    guard: "compare-and-set and the BEFORE trigger's comparison",
    profile: "changes",
    edits: [comparison, settling],
  },
  {
    guard: "a stale draft goes when its content changes",
    profile: "changes",
    edits: [
      {
        file: "db/sql/050_host_invalidate.sql",
        find: "    when standing ->> 'content_hash' = hash then standing\n",
        replace: "    else standing\n",
      },
    ],
  },
  {
    guard: "the claim",
    profile: "duplicates",
    edits: [{ file: reserve, find: "  if not mine then\n", replace: "  if false then\n" }],
  },
  {
    guard: "again",
    profile: "duplicates",
    edits: [{ file: reserve, find: "do update set again = true", replace: "do update set again = c.again" }],
    covered:
      "who fails keeps its job, who is superseded reads again, who dies is reaped; test/db/sql/reserve.test.ts: who drops a claim without a draft enqueues anew, and test/worker/races.test.ts: when its holder fails for good, whoever was refused comes back",
  },
  {
    guard: "re-read after the claim",
    profile: "sleepers",
    edits: [
      {
        file: reserve,
        find: "if not predraft.still_due(p_interaction, p_hash, p_forced) then",
        replace: "if false then",
      },
    ],
  },
  {
    guard: "what is paid for is restored from the history",
    profile: "duplicates",
    edits: [
      {
        file: "src/drafts/decide.ts",
        find: "if (!forced && restorable !== null",
        replace: "if (forced && restorable !== null",
      },
    ],
  },
  {
    guard: "draining of misses",
    profile: "changes",
    edits: [
      {
        file: "src/worker/upkeep/drain-misses.ts",
        find: "select predraft.drain_misses(",
        replace: "select 0 * (",
      },
    ],
  },
  {
    guard: "what belongs to deleted interactions is noted for removal",
    profile: "changes",
    edits: [
      {
        file: "db/sql/060_host_react.sql",
        find: "  perform predraft.note_misses(ids, 'deleted');\n  perform predraft.notify_drafts('closed'",
        replace: "  perform predraft.notify_drafts('closed'",
      },
    ],
    covered:
      "a job that finds its interaction gone has the rest removed; test/db/sql/delete.test.ts: a deleted interaction takes its drafts along",
  },
  {
    guard: "the reaper",
    profile: "deaths",
    edits: [
      {
        file: "src/worker/liveness/reaper.ts",
        find: "return absent.filter((worker) => now() - (absentSince.get(worker) as number) >= graceMs);",
        replace: "return [];",
      },
    ],
  },
  {
    guard: "the completion setting",
    profile: "stops",
    edits: [
      { file: "src/worker/runner/graphile.ts", find: "completeJobBatchDelay: 0,", replace: "" },
      { file: "src/worker/runner/graphile.ts", find: "failJobBatchDelay: 0,", replace: "" },
    ],
    covered:
      "a worker that stops frees what it left locked (reap_worker); four tests of a stop in test/worker/when-things-break/worker-stopped-inside.slow.test.ts",
  },
  {
    guard: "the supervisor builds the runner anew",
    profile: "cuts",
    edits: [
      {
        file: "src/worker/runner/supervisor.ts",
        find: "      current = await start();",
        replace: "      return;",
      },
    ],
  },
  {
    guard: "abort of a call whose content has changed",
    profile: "changes",
    edits: [{ file: "src/drafts/in-flight.ts", find: "controller.abort(", replace: "String(" }],
  },
  {
    guard: "two-step save: the paid result is recorded first",
    profile: "locks",
    edits: [
      {
        file: project,
        find: "  exception when lock_not_available or deadlock_detected then\n",
        replace:
          "  exception when lock_not_available or deadlock_detected then\n    delete from predraft.drafts where id = p_draft_id;\n",
      },
    ],
  },
  {
    guard: "lock_timeout of the projection",
    profile: "locks",
    edits: [{ file: project, find: " set lock_timeout = '250ms'", replace: "" }],
    covered:
      "the row's lock ends, and the draft is written then: later, not wrong; test/db/sql/invalidate.test.ts: a row that a host holds is told as locked within its time",
  },
  {
    guard: "refund of what was not billed",
    profile: "throttling",
    edits: [
      { file: reserve, find: "if p_refund and dropped.day is not null then", replace: "if false then" },
    ],
  },
  {
    guard: "daily limit",
    profile: "days",
    edits: [{ file: limits, find: "used.day_calls >= allowed.day_calls then", replace: "false then" }],
  },
  {
    guard: "cycle limit",
    profile: "limits",
    edits: [{ file: limits, find: "used.cycle_calls >= allowed.cycle_calls then", replace: "false then" }],
  },
  {
    guard: "global concurrency",
    profile: "limits",
    edits: [{ file: reserve, find: ">= judged.global_calls then", replace: ">= 1000000 then" }],
  },
  {
    guard: "the gate row's lock",
    profile: "limits",
    edits: [
      {
        file: reserve,
        find: "where provider = p_provider for update;   -- every",
        replace: "where provider = p_provider;   -- every",
      },
    ],
  },
  {
    guard: "pace",
    profile: "pace",
    edits: [{ file: reserve, find: "g.last_start_at + judged.pace > t then", replace: "false then" }],
  },
  {
    guard: "a claim is dropped whatever comes of the call",
    profile: "throttling",
    edits: [
      {
        file: "src/drafts/generate.ts",
        find: "    await release(deps, claim, how);\n  }\n}",
        replace: "    if (how.saved) await release(deps, claim, how);\n  }\n}",
      },
    ],
  },
  {
    guard: "a raised limit wakes what is parked",
    profile: "limits",
    edits: [
      {
        file: "tasks/sweep_drafts.ts",
        find: "wakeParked(patientSql, followUp !== undefined)",
        replace: "wakeParked(patientSql, false)",
      },
    ],
  },
];
