import type { CheckInput, Span } from "../check-input.ts";
import type { Rule } from "../rule.ts";
import { type Language, languageOf } from "../text/languages.ts";

/** Anything but Russian, digits and common signs: only texts that contain some go through the costly patterns. */
const unusual = /[^А-Яа-яЁё\d .,:;!?«»"()—–\n\r…№%+-]/u;
const strayLetter = /[^\P{L}\p{Script=Cyrillic}\p{Script=Latin}]+/gu;
const neighbourWord = /\p{Script=Cyrillic}*[іїєґўәғқңөұүһҳҷӣӯњљћђџ]\p{Script=Cyrillic}*/giu;
const mixedWord =
  /(?<![\p{L}\p{N}_])(?=[\p{L}\p{N}]{0,60}\p{Script=Cyrillic})(?=[\p{L}\p{N}]{0,60}\p{Script=Latin})[\p{L}\p{N}]{2,60}/gu;
/** Joiners within emoji are allowed. */
const unseen =
  /(?![\u200d\ufe0e\ufe0f]|[\u{1f3fb}-\u{1f3ff}])(?:\p{Default_Ignorable_Code_Point}|\p{Cf}|\p{Co}|\ufffd)|(?<!\p{Extended_Pictographic}\ufe0f?|[\u{1f3fb}-\u{1f3ff}])\u200d|(?![\t\n\r])\p{Cc}/gu;
const latinRun = /(?<![\p{L}\p{N}_-])[a-z]{2,}(?:[ '’-]{1,2}[a-z]{1,}){0,40}(?![\p{L}\p{N}_])/giu;
const known =
  /^(?:usb|type|wi|fi|wifi|bluetooth|mini|micro|max|pro|plus|led|hdmi|nfc|gps|sim|esim|android|ios|windows|online|offline|wildberries|ozon|yandex|market|premium|standard|light|soft|slim|oversize|unisex|casual|one|size|stretch|fit|cotton|basic|classic|sport|street|print|hand|made|fleece|denim|new|old|school|style|eco|bio|power|bank|gaming|office|home|kids|baby|midi|maxi|boho|crop|top|body|loose|regular|touch|screen|quick|charge|fast|full|hd|ip|type|pdf|jpg|mp|ok|spf|pro|air|lite|ultra|smart|tv|pc|vip|xs|xl|xxl|xxxl)$/iu;
const spoken =
  /^(?:thank|thanks|you|your|sorry|please|hello|dear|hi|best|regards|we|are|is|the|for|and|very|nice|not|this|customer|order|product|review|feedback|happy|glad|will|with|have|a|of|to|in|it|our|my|i)$/iu;

export const language: Rule = {
  code: "language",
  message: "Не на языке покупателя, или в тексте чужие знаки. Проверьте написание.",
  find: (on) => {
    const { original } = on.draft.normalized;
    const written = languageOf(original);
    const buyers =
      languageOf(on.subject.buyerTexts.at(-1) ?? "") ??
      languageOf(on.subject.buyerTexts.join("\n").slice(-2_000)) ??
      "russian";
    if (!fitsBuyer(written, buyers)) return [{ start: 0, end: original.length }];
    return [
      ...foreign(on, written ?? "russian"),
      ...(unusual.test(original) ? spansIn(original, unseen) : []),
    ];
  },
};

/** The rules read only Russian and English, so a draft in another language is unchecked. */
function fitsBuyer(written: Language | null, buyers: Language): boolean {
  if (written === null) return true;
  if (written === "other") return false;
  return buyers === "other" || written === buyers;
}

function foreign(on: CheckInput, written: Language): Span[] {
  const { original } = on.draft.normalized;
  if (!unusual.test(original)) return [];
  const found = [strayLetter, mixedWord, neighbourWord].flatMap((pattern) => spansIn(original, pattern));
  const runs =
    written === "english"
      ? []
      : spansIn(original, latinRun).filter(({ start, end }) => isSpeech(on, original.slice(start, end)));
  return [...found, ...runs].filter(({ start, end }) => !isFact(on, original.slice(start, end)));
}

/** Tells whether a Latin run in a Russian sentence is English, not a brand or a unit; words of the facts or of the buyer do not count. */
function isSpeech(on: CheckInput, run: string): boolean {
  const words = run.split(/[ '’-]+/u).filter((word) => !known.test(word) && !isSaid(on, word));
  if (
    words.some((word) => spoken.test(word) && words.length > 1) ||
    words.some((word) => /^(?:thank|thanks|sorry|please|hello|dear|feedback)$/iu.test(word))
  )
    return true;
  return words.some((word) => word.length >= 4 && word === word.toLowerCase()) || words.length >= 3;
}

const isSaid = ({ facts, buyer }: CheckInput, word: string): boolean =>
  facts.hasExactly(word.toLowerCase()) || buyer.at.has(word.toLowerCase());

const isFact = ({ subject }: CheckInput, text: string): boolean =>
  text.length > 1 &&
  [
    subject.productName,
    ...Object.entries(subject.attributes).flat(),
    subject.signature,
    subject.ownRules,
  ].some((given) => given?.includes(text));

const spansIn = (text: string, pattern: RegExp): Span[] =>
  [...text.matchAll(pattern)].map(({ 0: found, index }) => ({ start: index, end: index + found.length }));
