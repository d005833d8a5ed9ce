import { composeReply } from "../canned/compose.ts";
import { briefOf, findCues } from "./build-brief.ts";
import type { DraftContext } from "./context.ts";
import type { FallbackReason } from "./decide.ts";
import type { DraftDeps } from "./deps.ts";
import { announce, answerColumns, type Projection, project, record, rowOf } from "./save.ts";
import type { Trigger } from "./trigger.ts";

/**
 * Writes a fallback draft: final where `reason` is null (a rating without text), else provisional.
 * A final draft of the same content stands; a provisional one with the same reason is left as it is.
 */
export async function writeFallback(
  deps: Pick<DraftDeps, "sql">,
  context: DraftContext,
  trigger: Trigger,
  reason: FallbackReason | null,
): Promise<Projection> {
  const { draft } = context;
  if (reason !== null && draft !== null && (!draft.provisional || draft.fallback_reason === reason))
    return "kept";
  const id = await record(deps.sql, {
    ...rowOf(context, trigger),
    ...answerColumns(composeReply(briefOf(context, await findCues(deps.sql, context)))),
    source: "fallback",
    fallback_reason: reason,
    outcome: "unprojected",
  });
  const projection = await project(deps.sql, id, reason !== null);
  if (projection === "saved") await announce(deps.sql, context);
  return projection;
}
