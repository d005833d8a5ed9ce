import type { CheckInput, Span } from "./check-input.ts";
import { phrases } from "./text/phrases.ts";
import type { Tokens } from "./text/tokenize.ts";

const orders = phrases([
  "(ответь*|отвечай*|ответишь|напиши*|пиши*|скажи*|повтори*|подтверди*|выведи*|добавь*|вставь*|закончи*|пообещай*|произнеси*|процитируй*)",
  "(reply|say|write|print|repeat|respond|confirm|answer|output)",
]);

/** Phrases that nobody writes to a shop except to manipulate a model. */
const manipulations = phrases([
  "(забудь*|игнорируй*|отмени*|сбрось*|нарушь*|обойди*) ..3 (правил*|инструкц*|указани*|ограничени*|промпт*|промт*)",
  "(правила|инструкции|ограничения) ..2 (отменен*|сняты|забудь|больше)",
  "(промпт*|промт*|prompt*|jailbreak|джейлбрейк*)",
  "(ignore|forget|disregard|override) ..3 (instructions|rules|prompt*|previous|above)",
  "(system|assistant|developer) (message|prompt|mode|role)",
  "(ты|вы) ..1 (теперь|больше) ..2 (не|модель|бот|робот|ассистент|персонаж|dan)",
  "(представь|притворись|вообрази|сыграй) ..3 (что|себя|роботом|ботом|моделью|роль)",
  "(pretend|roleplay)",
  "you are now",
  "(расшифруй*|раскодируй*|декодируй*|расшифровать|decode|base64|rot13)",
  "задом наперед",
  "(дословно|слово) ..1 (повтори*|выведи*|ответь*|напиши*|слово)",
  "(выполни*|исполни*|следуй*|выполняй*) ..2 (команд*|инструкц*|указани*|приказ*|все)",
]);

const toldToQuote =
  /(?:ответь|отвечай|напиши|скажи|повтори|подтверди|выведи|добавь|вставь|закончи|reply|say|write|print|repeat|respond)(?:те|ть)?[^"\n]{0,60}"[^"\n]{2,}"/u;
const encoded = /(?<![a-z0-9+/])[a-z0-9+/]{24,}={0,2}(?![a-z0-9+/])/u;

const fewestWords = 2;

/** What a buyer's words may have done to a draft: nothing, put words into it, or anything. */
export type Injection = "none" | "dictated" | "manipulated";

/** Reads whether a buyer tells a model what to say, or manipulates it with words that nobody writes to a shop. */
export function injectionBy(buyer: Tokens): Injection {
  const { text } = buyer.normalized;
  if (manipulations(buyer).length > 0 || toldToQuote.test(text) || encoded.test(text)) return "manipulated";
  return orders(buyer).length === 0 ? "none" : "dictated";
}

/**
 * Tells whether the buyer caused a part of a draft: with "dictated", if the buyer's words contain that part; with "manipulated",
 * always, because a model may have made anything of the buyer's words.
 */
export function injectedParts(on: CheckInput, injection: Injection): (span: Span) => boolean {
  if (injection === "dictated") return dictationIn(on);
  return () => injection === "manipulated";
}

function dictationIn({ buyer, draft }: CheckInput): (span: Span) => boolean {
  const { words, normalized } = draft;
  const said = ` ${buyer.words.map(({ text }) => text).join(" ")} `;
  const isSaid = (first: number, last: number): boolean => {
    const run = words.slice(Math.max(first, 0), last + 1).map(({ text }) => text);
    return run.length >= fewestWords && said.includes(` ${run.join(" ")} `);
  };
  return ({ start, end }) => {
    const first = words.findIndex((word) => (normalized.ends[word.end - 1] as number) > start);
    const last = words.findLastIndex((word) => (normalized.starts[word.start] as number) < end);
    // One word alone proves nothing, but with one of its neighbours it may.
    return isSaid(first, last) || isSaid(first - 1, last) || isSaid(first, last + 1);
  };
}
