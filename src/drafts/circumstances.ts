import type { GuardedProvider } from "../llm/breaker.ts";
import type { PromptWriter } from "../prompt/prompt.ts";
import type { Circumstances, Trigger } from "./decide.ts";
import type { DraftDeps } from "./deps.ts";

/** Circumstances of a verdict, as settings and provider are now. */
export function circumstances(
  deps: Pick<DraftDeps, "settings"> & {
    readonly provider: () => Pick<GuardedProvider, "remote" | "admits">;
    readonly prompts: Pick<PromptWriter, "versions">;
  },
  run: { readonly trigger: Trigger },
  attemptsSpent: boolean,
): Circumstances {
  const settings = deps.settings();
  return {
    trigger: run.trigger,
    attemptsSpent,
    llmEnabled: settings.llm_enabled,
    limits: {
      cycle: settings.ai_draft_batch_size,
      urgentBurst: settings.ai_draft_urgent_burst,
      daily: settings.ai_draft_daily_limit,
    },
    remoteProvider: deps.provider().remote,
    promptVersions: deps.prompts.versions,
    providerDown: !deps.provider().admits,
  };
}
