import type { Channel, Tone } from "../domain/brief.ts";
import { type OutgoingBrief, outgoingBrief } from "./redact.ts";

/** A brief that has everything: what is made of it is hashed, so that a changed label counts as a changed prompt. */
export const versionSample = (channel: Channel, tone: Tone): OutgoingBrief =>
  outgoingBrief({
    interactionId: "1",
    sellerId: "1",
    marketplace: "wildberries",
    channel,
    rating: channel === "review" ? 2 : null,
    subject: "Тема",
    text: "Текст",
    thread:
      channel === "chat"
        ? [
            { direction: "in", text: "Первое", sentAt: new Date(0) },
            { direction: "out", text: "", sentAt: new Date(0) },
          ]
        : [],
    gap: channel === "chat" ? { after: 1, count: 3 } : null,
    customerName: "Анна",
    orderId: null,
    priority: "normal",
    cues: [],
    product: { name: "Товар", attributes: { Состав: "лён", Цвет: "белый" } },
    tone,
    signature: "Подпись",
    ownRules: "Правило",
  }).brief;
