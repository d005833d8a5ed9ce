import type { GenerateRequest } from "../llm/provider.ts";
import type { PromptWriter } from "./prompt.ts";
import { redact } from "./redact.ts";

/** A draft to ask for that no service should object to: the real prompt around a friendly review. Nobody's words are in it. */
export function createTestRequest(prompts: Pick<PromptWriter, "write">): GenerateRequest {
  const { brief } = redact({
    interactionId: "0",
    sellerId: "0",
    marketplace: "wildberries",
    channel: "review",
    rating: 5,
    subject: null,
    text: testText,
    thread: [],
    gap: null,
    customerName: null,
    orderId: null,
    priority: "low",
    cues: [],
    product: { name: "Полотенце", attributes: {} },
    tone: "neutral",
    signature: null,
    ownRules: null,
  });
  return { brief, prompt: prompts.write(brief) };
}

/** The words of the test question, by which a service's own log can tell it from buyers'. */
const testText = "Проверка связи. Спасибо, полотенце хорошее, всё понравилось.";
