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
        needs_escalation: false,
        escalation_reason: null,
      },
      responseModel: "instant-1",
      finishReason: "stop",
      billed: [
        {
          at: new Date(),
          responseModel: "instant-1",
          tokens: { input: 700, cached: 500, cacheWrite: 0, output: 60 },
        },
      ],
    }),
};
