import { setTimeout as delay } from "node:timers/promises";
import type { Provider } from "../../src/llm/provider.ts";
import { instantProvider } from "./instant-provider.ts";

/** The instant provider, after so many milliseconds; calls that are cut off end at once. */
export const slowProvider = (latencyMs: number): Provider => ({
  ...instantProvider,
  async generate(request, signal) {
    await delay(latencyMs, undefined, { signal });
    return await instantProvider.generate(request, signal);
  },
});
