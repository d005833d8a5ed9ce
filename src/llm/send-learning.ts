import { modelErrorOf, refusalIn, type SdkErrors } from "./errors/sdk-error.ts";
import { understand } from "./errors/service-error.ts";
import type { Reply, Turn } from "./generate.ts";
import type { LearnedParameters } from "./learned-parameters.ts";

/** What one call is made with, beside its parameters. */
export interface Sending {
  readonly sdk: SdkErrors;
  readonly learned: LearnedParameters;
  readonly keyName: string;
  readonly apiKey: string;
  readonly system: string;
  readonly turns: readonly Turn[];
}

/**
 * Makes a call, and makes it again if the service refuses one of its optional parameters: refusals cost nothing, and what was learned
 * is left out from then on. Rejects with a `ModelError`.
 */
export async function sendLearning(
  { sdk, learned, keyName, apiKey, system, turns }: Sending,
  parameters: Readonly<Record<string, unknown>>,
  send: (parameters: Readonly<Record<string, unknown>>) => Promise<Reply>,
): Promise<Reply> {
  const facts = { keyName, apiKey, sent: [system, ...turns.map(({ content }) => content)] };
  for (;;) {
    const sent = learned.apply(parameters);
    try {
      return await send(sent);
    } catch (error) {
      const refusal = refusalIn(sdk, error);
      if (refusal === undefined || !learned.learn(understand(refusal, facts), sent))
        throw modelErrorOf(sdk, error, facts);
    }
  }
}
