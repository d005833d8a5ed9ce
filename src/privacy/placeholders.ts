import type { PersonalKind } from "./finding.ts";

/** The word in a placeholder of each kind: `[ТЕЛЕФОН_1]`. */
export const placeholderWords: Readonly<Record<PersonalKind, string>> = {
  phone: "ТЕЛЕФОН",
  email: "ПОЧТА",
  card: "КАРТА",
  inn: "ИНН",
  passport: "ПАСПОРТ",
  address: "АДРЕС",
  order_code: "ЗАКАЗ",
  surname: "ФАМИЛИЯ",
};

const anyWord = Object.values(placeholderWords).join("|");

/** Matches placeholders exactly as they are assigned. A new pattern for each use, because a shared one keeps its position. */
export const placeholders = (): RegExp => new RegExp(`\\[(?:${anyWord})_[0-9]{1,9}\\]`, "gu");

/** Matches placeholders as a model may spell them: lower case, spaces, no brackets. */
const loosePlaceholders = (): RegExp =>
  new RegExp(
    `\\[?[ \\t]*(?<![\\p{L}\\p{N}])(?:${anyWord})[ \\t]?_[ \\t]?[0-9]{1,9}(?![\\p{L}\\p{N}])[ \\t]*\\]?`,
    "giu",
  );

/** Tells whether a text contains a placeholder in any spelling. */
export const hasPlaceholder = (text: string): boolean => loosePlaceholders().test(text);

const lead = String.raw`(?:[ \t]*(?<!\p{L})(?:по|на|в|с|к|о|об|из|для|от|у)(?!\p{L}))?(?:[ \t]*(?<!\p{L})(?:номер|телефон|адрес|почт|заказ|карт|инн|паспорт)\p{L}{0,3})?[ \t]*№?[ \t]*`;

/**
 * Removes all placeholders from a reply: with their sentences, or, if hardly anything would remain, only with the preposition and
 * the noun before each. Empty if nothing remains.
 */
export function withoutPlaceholders(text: string): string {
  if (!hasPlaceholder(text)) return text;
  const sentences = text.match(/[^.!?…\n]+(?:[.!?…]+|\n+|$)[ \t]*|[.!?…\n]+/gu) ?? [];
  const clean = sentences
    .filter((sentence) => !hasPlaceholder(sentence))
    .join("")
    .trim();
  if ((clean.match(/\p{L}+/gu)?.length ?? 0) >= fewestWords) return clean;
  const pattern = new RegExp(lead + loosePlaceholders().source, "giu");
  return text
    .replaceAll(pattern, " ")
    .replaceAll(/[ \t]+(?=[.,!?;:…])|[ \t]+$/gmu, "")
    .replaceAll(/[ \t]{2,}/g, " ")
    .trim();
}

/** Below this, a reply is hardly more than a greeting and a word of thanks. */
const fewestWords = 6;

const names: Readonly<Record<PersonalKind, string>> = {
  phone: "телефон",
  email: "почта",
  card: "номер карты",
  inn: "ИНН",
  passport: "данные паспорта",
  address: "адрес",
  order_code: "номер заказа",
  surname: "фамилия",
};

/** Names the kind of each placeholder in a note to the operator: «(скрыто: телефон)». */
export function namedPlaceholders(text: string): string {
  return text.replaceAll(loosePlaceholders(), (found) => {
    const kind = (Object.keys(placeholderWords) as PersonalKind[]).find((some) =>
      found.toUpperCase().includes(placeholderWords[some]),
    );
    return kind === undefined ? "" : `(скрыто: ${names[kind]})`;
  });
}
