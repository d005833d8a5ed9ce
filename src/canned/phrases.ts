import type { Tone } from "../domain/brief.ts";

interface Place {
  readonly market: string;
  readonly account: string;
  readonly accountEnglish: string;
}

const anyMarketplace: Place = {
  market: "маркетплейс",
  account: "в личном кабинете",
  accountEnglish: "in your account",
};

const places: ReadonlyMap<string, Place> = new Map([
  ["wildberries", placeOf("Wildberries", "Wildberries", "Wildberries")],
  ["ozon", placeOf("Ozon", "Ozon", "Ozon")],
  ["yandex_market", placeOf("Яндекс Маркет", "Яндекс Маркета", "Yandex Market")],
]);

const tones: Readonly<Record<Tone, Readonly<Record<string, string>>>> = {
  formal: { thanks: "благодарим вас", and_thanks: "благодарим вас", sorry: "сожалеем", glad: "рады" },
  neutral: { thanks: "спасибо", and_thanks: "спасибо", sorry: "нам жаль", glad: "рады" },
  friendly: { thanks: "большое спасибо", and_thanks: "спасибо", sorry: "нам очень жаль", glad: "очень рады" },
};

const you = /(?<!\p{L})в(?=(?:ы|ас|ам|ами|аш(?:а|е|и|его|ему|ей|их|им|ими|у|ем)?)(?!\p{L}))/gu;
// Formal «Спасибо, что …» becomes «Благодарим Вас за то, что …».
const thankFor = /(лагодарим Вас), что(?!\p{L})/gu;

/**
 * Fills a wording's tokens: `{thanks}`, `{sorry}`, `{glad}` by tone (`{Thanks}` for a capital letter; `{and_thanks}`
 * within a sentence of regret), `{market}` and `{account}` by marketplace; other tokens stay.
 * Formal and neutral write «Вы»; formal has no exclamation marks.
 */
export function phrase(wording: string, tone: Tone, marketplace: string): string {
  const words = Object.hasOwn(tones, tone) ? tones[tone] : tones.neutral;
  const place = places.get(String(marketplace).trim().toLowerCase()) ?? anyMarketplace;
  const all: Readonly<Record<string, string>> = { ...words, ...place };
  const filled = wording.replace(/\{(\w+)\}/gu, (token, key: string) => {
    const small = all[lower(key)];
    if (small === undefined) return token;
    return key === lower(key) ? small : capital(small);
  });
  const polite = tone === "friendly" ? filled : filled.replace(you, "В").replace(thankFor, "$1 за то, что");
  return tone === "formal" ? polite.replaceAll("!", ".") : polite;
}

/** Lowers a wording's first letter, also in a token, so that the wording can follow «Анна, ». */
export function startLower(wording: string): string {
  return wording.startsWith("{") ? `{${lower(wording.slice(1))}` : lower(wording);
}

function lower(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function placeOf(nominative: string, genitive: string, english: string): Place {
  return {
    market: nominative,
    account: `в личном кабинете ${genitive}`,
    accountEnglish: `in your ${english} account`,
  };
}
