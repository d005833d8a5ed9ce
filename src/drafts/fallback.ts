import { composeReply } from "../canned/compose.ts";
import type { Provider } from "../llm/provider.ts";
import { briefOf, findCues } from "./build-brief.ts";
import type { DraftContext } from "./context.ts";
import type { FallbackReason } from "./decide.ts";
import type { DraftDeps } from "./deps.ts";
import { announce, answerColumns, type Projection, project, record, rowOf } from "./save.ts";
import type { Trigger } from "./trigger.ts";

/**
 * Writes a fallback draft: final if `reason` is null (a rating without text), else provisional. A final draft of the same content
 * stands; a provisional one with the same reason is left as it is. If the model declines the content, the draft asks for an operator,
 * and the history names the model.
 */
export async function writeFallback(
  deps: Pick<DraftDeps, "sql">,
  context: DraftContext,
  trigger: Trigger,
  reason: FallbackReason | null,
  asked?: Pick<Provider, "name" | "model">,
): Promise<Projection> {
  const { draft, refused } = context;
  const isShown = reason === draft?.fallback_reason && (reason !== "refused" || refused);
  if (reason !== null && draft !== null && (!draft.provisional || isShown)) return "kept";
  const id = await record(deps.sql, {
    ...rowOf(context, trigger),
    ...answerColumns(composeReply(briefOf(context, await findCues(deps.sql, context)))),
    ...(reason === "refused" ? refusedColumns(asked) : {}),
    source: "fallback",
    fallback_reason: reason,
    outcome: "unprojected",
  });
  const projection = await project(deps.sql, id, reason !== null);
  if (projection === "saved") await announce(deps.sql, context);
  return projection;
}

const refusedColumns = (asked: Pick<Provider, "name" | "model"> | undefined) => ({
  needs_escalation: true,
  escalation_reason: "Модель отказалась отвечать на это обращение: ответ нужно написать самим.",
  ...(asked && { provider: asked.name, request_model: asked.model }),
});
