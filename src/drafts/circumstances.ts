import type { GuardedProvider } from "../llm/breaker.ts";
import type { PromptWriter } from "../prompt/prompt.ts";
import type { Circumstances } from "./decide.ts";
import type { DraftDeps } from "./deps.ts";
import type { Trigger } from "./trigger.ts";

/** The circumstances of a verdict, from the current settings and provider. */
export function circumstances(
  deps: Pick<DraftDeps, "settings"> & {
    readonly provider: () => Pick<GuardedProvider, "remote" | "admits">;
    readonly prompts: Pick<PromptWriter, "versions">;
  },
  run: { readonly trigger: Trigger },
  attemptsSpent: boolean,
): Circumstances {
  return {
    trigger: run.trigger,
    attemptsSpent,
    llmEnabled: deps.settings().llm_enabled,
    remoteProvider: deps.provider().remote,
    promptVersions: deps.prompts.versions,
    providerDown: !deps.provider().admits,
  };
}
