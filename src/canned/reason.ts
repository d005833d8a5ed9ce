import type { DraftBrief } from "../domain/brief.ts";
import type { BuyerWords } from "./buyer-words.ts";
import type { Fact } from "./facts.ts";
import { ratingOf } from "./sentiment.ts";

/** The operator's names for cue codes. */
export const cueNames: ReadonlyMap<string, string> = new Map([
  ["harm", "вред здоровью"],
  ["counterfeit", "сомнение в подлинности"],
  ["legal", "правовая претензия"],
  ["defect", "брак"],
  ["wrong_item", "не тот товар"],
  ["return", "возврат"],
  ["delivery", "доставка"],
  ["cancel", "отмена заказа"],
  ["size", "размер"],
  ["availability", "наличие"],
  ["specification", "характеристики"],
  ["safety", "безопасность"],
  ["before_purchase", "выбор перед покупкой"],
  ["thanks", "благодарность"],
]);

/** One Russian sentence for the operator: what the draft is based on. Contains no words of the buyer. */
export function reasonOf(
  brief: DraftBrief,
  words: BuyerWords,
  facts: readonly Fact[],
  isSerious: boolean,
): string {
  const cues = words.hasWords ? [...cueNames].filter(([cue]) => brief.cues.includes(cue)) : [];
  const parts = [`Правила: ${sourceOf(brief, words)}`];
  if (cues.length > 0) parts.push(`упомянуто: ${cues.map(([, name]) => name).join(", ")}`);
  if (facts.length > 0) parts.push(`ответ из описания товара (${facts.map(({ name }) => name).join(", ")})`);
  const advice = isSerious ? "; перед отправкой прочитайте особенно внимательно" : "";
  return `${parts.join(", ")}${advice}.`;
}

function sourceOf(brief: DraftBrief, words: BuyerWords): string {
  if (brief.channel === "chat" && words.isPicture)
    return words.hasWords ? "чат, сообщение с фото" : "чат, фото без текста";
  if (brief.channel === "chat") return words.hasWords ? "чат" : "чат, сообщение без слов";
  if (brief.channel === "question") return words.hasWords ? "вопрос" : "вопрос без текста";
  const rating = ratingOf(brief);
  return `отзыв ${rating === null ? "без оценки" : `${rating}★`}${words.hasWords ? "" : ", без текста"}`;
}
