import type { Provider } from "../../src/llm/provider.ts";

/** A paid, remote provider, as far as predraft can tell, that answers at once. */
export const instantProvider: Provider = {
  name: "bench",
  model: "instant",
  remote: true,
  generate: () =>
    Promise.resolve({
      answer: {
        text: "Здравствуйте! Спасибо, что поделились впечатлением. Нам важно, чтобы покупки вас радовали.",
        intent: "thanks",
        sentiment: "positive",
        sla_priority: "normal",
        recommendation_reason: "Покупатель делится впечатлением.",
      },
      responseModel: "instant-1",
      finishReason: "stop",
      usage: { inputTokens: 700, cachedInputTokens: 500, outputTokens: 60 },
    }),
};
