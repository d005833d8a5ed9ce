import type { PersonalKind } from "./finding.ts";

/** What stands in a prompt for a value of each kind: `[ТЕЛЕФОН_1]`. */
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

/** Placeholders exactly as they are given out, anew for each use: a pattern that is shared keeps its place. */
export const placeholders = (): RegExp => new RegExp(`\\[(?:${anyWord})_[0-9]{1,9}\\]`, "gu");

/** Placeholders as a model may spell them: small letters, spaces, no brackets. */
const loosePlaceholders = (): RegExp =>
  new RegExp(
    `\\[?[ \\t]*(?<![\\p{L}\\p{N}])(?:${anyWord})[ \\t]?_[ \\t]?[0-9]{1,9}(?![\\p{L}\\p{N}])[ \\t]*\\]?`,
    "giu",
  );

/** Whether a text holds a placeholder, however it is spelled. */
export const hasPlaceholder = (text: string): boolean => loosePlaceholders().test(text);

const lead = String.raw`(?:[ \t]*(?<!\p{L})(?:по|на|в|с|к|о|об|из|для|от|у)(?!\p{L}))?(?:[ \t]*(?<!\p{L})(?:номер|телефон|адрес|почт|заказ|карт|инн|паспорт)\p{L}{0,3})?[ \t]*№?[ \t]*`;

/**
 * A reply without any placeholder: sentences that hold one are left out, and where hardly anything else would remain only the
 * placeholder is, with the preposition and the noun before it. Empty where nothing remains.
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

/** A greeting and a word of thanks alone are no reply. */
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

/** A note to the operator, in which each placeholder says what it stands for: «(скрыто: телефон)». */
export function namedPlaceholders(text: string): string {
  return text.replaceAll(loosePlaceholders(), (found) => {
    const kind = (Object.keys(placeholderWords) as PersonalKind[]).find((some) =>
      found.toUpperCase().includes(placeholderWords[some]),
    );
    return kind === undefined ? "" : `(скрыто: ${names[kind]})`;
  });
}
