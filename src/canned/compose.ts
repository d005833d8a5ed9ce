import type { DraftAnswer } from "../domain/answer.ts";
import type { DraftBrief } from "../domain/brief.ts";
import { firstNameOf } from "../language/first-name.ts";
import { type BuyerWords, buyerWords } from "./buyer-words.ts";
import { type Fact, factsFor, renderFacts } from "./facts.ts";
import { intentOf } from "./intent.ts";
import { phrase, startLower } from "./phrases.ts";
import { cueNames, reasonOf } from "./reason.ts";
import { ratingOf, sentimentOf } from "./sentiment.ts";
import { type Situation, situationOf } from "./situation.ts";
import { englishSituationOf } from "./situation-english.ts";
import { pickUnspoken, seedOf } from "./variant.ts";
import { pictureNotes } from "./wordings-chat.ts";
import { englishQuestionWordings } from "./wordings-english.ts";
import { questionWordings } from "./wordings-question.ts";

const maxLength = 500;

/**
 * Composes a careful reply, ready to send, by rules and without a model. Pure and deterministic; at most
 * 500 characters with name and signature. Never throws.
 */
export function composeReply(brief: DraftBrief): DraftAnswer {
  const words = buyerWords(brief);
  const found = words.isEnglish ? englishSituationOf(brief, words) : situationOf(brief, words);
  const facts = answeringFacts(brief, words, found);
  const text = textOf(brief, words, found, facts);
  return {
    text: withSignature(text, brief.signature),
    intent: intentOf(brief),
    sentiment: sentimentOf(brief),
    sla_priority: brief.priority,
    recommendation_reason: reasonOf(brief, words, facts, found.isSerious),
    ...escalationOf(brief, found.isSerious),
  };
}

/** Facts answer neither a complaint nor a matter of health or law, and must leave room for the reply. */
function answeringFacts(brief: DraftBrief, words: BuyerWords, { isSerious }: Situation): readonly Fact[] {
  const isTrouble = brief.cues.some((cue) => ["defect", "wrong_item", "return", "cancel"].includes(cue));
  if (isSerious || isTrouble || !words.hasWords) return [];
  let facts = factsFor(brief);
  if (words.isEnglish) facts = facts.filter((fact) => !/\p{Script=Cyrillic}/u.test(fact.name + fact.value));
  while (renderFacts(facts).length > 250) facts = facts.slice(0, -1);
  return facts;
}

function textOf(brief: DraftBrief, words: BuyerWords, found: Situation, facts: readonly Fact[]): string {
  const replies = brief.thread
    .filter((message) => message.direction === "out")
    .map((message) => message.text);
  const seed = seedOf(brief.interactionId) + replies.length;
  const spoken = replies.join("\n");
  const choose = (wordings: readonly string[]): string => {
    const isSpoken = (wording: string) =>
      spoken !== "" && spoken.includes(phrase(wording, brief.tone, brief.marketplace));
    return pickUnspoken(wordings, seed, isSpoken);
  };
  const factWordings = (words.isEnglish ? englishQuestionWordings : questionWordings).fact;
  const body = choose(facts.length > 0 ? factWordings : found.wordings);
  const ending = choose(endingsOf(words, found));
  const [opening, wording] = opened(brief, words, `${body} ${ending}`.trim(), replies.length > 0);
  const filled = phrase(wording, brief.tone, brief.marketplace).replace("{facts}", () => renderFacts(facts));
  return opening + filled;
}

function endingsOf(words: BuyerWords, { endings, isSerious }: Situation): readonly string[] {
  return words.isPicture && words.hasWords && isSerious && !words.isEnglish ? pictureNotes : endings;
}

/** Good news and a running conversation go on with the name alone; everything else begins with a greeting. */
function opened(
  brief: DraftBrief,
  words: BuyerWords,
  wording: string,
  isUnderWay: boolean,
): [string, string] {
  const { channel } = brief;
  const name = words.isEnglish ? null : firstNameOf(brief.customerName);
  const isReview = channel !== "chat" && channel !== "question";
  if (isReview ? isWarm(brief) : isUnderWay) {
    return name === null ? ["", wording] : [`${name}, `, startLower(wording)];
  }
  if (isReview && name === null) return ["", wording];
  if (words.isEnglish) return ["Hello! ", wording];
  return [name === null ? "Здравствуйте! " : `Здравствуйте, ${name}! `, wording];
}

function isWarm(brief: DraftBrief): boolean {
  const rating = ratingOf(brief);
  return rating === null ? sentimentOf(brief) !== "negative" : rating >= 4;
}

function withSignature(text: string, signature: string | null): string {
  const signed = (signature ?? "").replace(/[\p{C}\s]+/gu, " ").trim();
  const whole = `${text}\n${signed}`;
  return signed === "" || whole.length > maxLength ? text : whole;
}

const serious = ["harm", "counterfeit", "legal"];

/** Tells whether an operator must do more than send the draft, and why. `isSerious` comes from the situation. */
function escalationOf(
  brief: DraftBrief,
  isSerious: boolean,
): Pick<DraftAnswer, "needs_escalation" | "escalation_reason"> {
  const names = serious.filter((cue) => brief.cues.includes(cue)).map((cue) => cueNames.get(cue));
  return isSerious && names.length > 0
    ? { needs_escalation: true, escalation_reason: `Упомянуто: ${names.join(", ")}` }
    : { needs_escalation: false, escalation_reason: null };
}
