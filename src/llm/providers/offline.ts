import { composeReply } from "../../canned/compose.ts";
import { ModelError } from "../errors/model-error.ts";
import type { Completion, GenerateRequest, Provider } from "../provider.ts";

/**
 * The provider without a network: answers by the rules of `composeReply`, at once and free of charge. Rejects with code
 * `model_aborted` if the signal has fired.
 */
export function createOfflineProvider(): Provider {
  return { name: "offline", model: "rules-1", remote: false, generate };
}

async function generate({ brief }: GenerateRequest, signal: AbortSignal): Promise<Completion> {
  if (signal.aborted) {
    throw new ModelError("The draft was aborted.", { code: "model_aborted", cause: signal.reason });
  }
  return { answer: composeReply(brief), responseModel: "rules-1", finishReason: "stop", billed: [] };
}
