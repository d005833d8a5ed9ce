import type { DraftBrief } from "../../src/domain/brief.ts";
import { briefWith } from "../helpers/brief.ts";

const cues = [
  null,
  ...["harm", "counterfeit", "legal", "defect", "wrong_item", "delivery", "cancel", "size"],
  ...["availability", "specification", "safety", "return", "before_purchase", "thanks"],
];
const names = [null, "Кузнецова Мария Сергеевна", "Кузнецова", "Кузнецова Мария"];
const marketplaces = ["wildberries", "ozon", "yandex_market", "aliexpress"];
const tones = ["formal", "neutral", "friendly"] as const;
const kinds = [
  ...[1, 2, 3, 4, 5, null].map((rating) => ({ channel: "review" as const, rating })),
  { channel: "question" as const, rating: null },
  { channel: "chat" as const, rating: null },
];
const ids = Array.from({ length: 12 }, (_, index) => index + 1000);

/** Every kind, cue, text or none, name, tone and marketplace with twelve ids; a signature on every third id. */
export function* briefGrid(): Generator<DraftBrief> {
  const looks = cross(cross(names, tones), marketplaces).map(([[customerName, tone], marketplace]) => {
    return { customerName, tone, marketplace };
  });
  const matters = cross(cross(kinds, cues), ["Пришла посылка, вот мой рассказ", ""]);
  for (const [[[kind, cue], text], look] of cross(matters, looks)) {
    for (const id of ids) {
      const signature = id % 3 === 0 ? "Команда магазина «Лён»" : null;
      const found = cue === null ? [] : [cue];
      yield briefWith({ ...kind, ...look, text, cues: found, signature, interactionId: String(id) });
    }
  }
}

function cross<A, B>(left: readonly A[], right: readonly B[]): (readonly [A, B])[] {
  return left.flatMap((one) => right.map((other) => [one, other] as const));
}
