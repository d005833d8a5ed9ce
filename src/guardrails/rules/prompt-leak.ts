import type { CheckInput } from "../check-input.ts";
import { findPattern, ownText } from "../find-pattern.ts";
import { fewestShared, runAt } from "../instructions.ts";
import { type Rule, spansOf } from "../rule.ts";
import { type Match, phrases } from "../text/phrases.ts";
import { tokenize } from "../text/tokenize.ts";

const machinery = phrases([
  "(системн*|исходн*|мой|моего|моем|моим|этот|стартов*) ..1 (промпт*|промт*|prompt*)",
  "(промпт*|промт*)",
  "system ..1 (prompt*|message*|instruction*)",
  "(моим|мои|моих|моими|моей|мою|моя|данн*|заданн*|системн*|полученн*|внутренн*) ..1 (инструкц*|правил(а|ам|ах)|указани*|настройк*)",
  "(инструкци*|указани*|правил*) ..2 (запрещ*|которым|котор*) ..2 (я|мне|отвеча*|следу*)",
  "мне ..1 (запрещ*|нельзя|поручен*|велен*|задан*|дан(о|ы)) ..2 (раскрыва*|обсужда*|говорить|раскрыть|отвечать|инструкц*|правил*|роль)",
  "(игнорир*|забыва*|отменя*|сбрасыва*) ..2 (предыдущ*|прошл*|все|прежн*) ..2 (инструкц*|указани*|правил*)",
  "(ignore|ignoring|disregard*) ..2 (previous|prior|all|above) ..2 (instruction*|rules|prompt*)",
  "(my|these|the|previous|system) ..1 (instructions|guidelines|prompt|rules)",
  "(вот|ниже) ..2 (ответ(|а|ом)|черновик*|вариант*|текст) ..1 (покупател*|клиент*|ответа|на|для|отзыв*)",
  "(готов*|предлагаемый|возможный|примерный|следующий) (ответ|вариант|текст|черновик) ..1 (покупател*|клиент*|ответа|для|на)",
  "(вот|это) ..1 черновик*",
  "черновик* ..1 (ответ*|для|готов)",
  "(ты|вы) (пишешь|пишете|являешься|играешь) ..2 (черновик*|ответ*|ассистент*|от)",
  "(отвечаю|пишу|отвечать|действую) ..1 (имени|как) продавц*",
  "(sla_priority|recommendation_reason|needs_escalation|escalation_reason|customer_name|first_name|product_name|fallback_reason|guardrail*)",
  "(до|около) (500|пятисот) (знаков|символов)",
  "(интонация|тон|стиль|формат|тональность) ..1 (дружелюбн*|официальн*|нейтральн*|формальн*|вежлив*|теплый|спокойн*)",
  "(2|3|два|две|три) предложени*",
  "как ассистент*",
  "согласно ..1 инструкци* ..1 (систем*|модел*|разработчик*|промпт*)",
  "(следую|подчиняюсь|руководствуюсь|действую) ..3 (инструкц*|указани*|правил*|промпт*)",
  "(не|максимум) ..1 (длиннее|более|больше) (500|пятисот) (знаков|символов)",
  "(undefined|nan|null|object)",
  "(токен*|temperature|api) ..1 (ключ*|контекст*|key|0)",
  "(dan|jailbreak|developer) mode",
  "режим ..1 (dan|разработчик*|администратор*|отладк*|бога)",
  "as requested",
  "here ..2 (is|s) ..2 (reply|response|answer|draft|prompt)",
]);

const patterns = [
  /\{[^{}\n]{0,200}\}|\{\{|\}\}|<<<|>>>|```|"(?:text|intent|sentiment|role|content)" ?:/gu,
  /(?<![\p{L}\p{N}_])(?:intent|sentiment|role|text|system|assistant|user|content) ?[:=] ?\S/gu,
  /<\/?[a-z!][^<>\n]{0,100}>|<(?:имя|товар|ссылка|магазин|название|дата|номер)[^<>\n]{0,30}>|&[a-z]{2,6};/gu,
  /\[(?:имя|фио|покупател|клиент|товар|назван|магазин|ваш|номер|дата|вставь|ссылк|бренд|продавец|адрес|телефон|имени|name|customer|product|shop|your|insert|link|phone|email|card|order|адрес|[a-z]{2,12}_\d)[^\]\n]{0,40}\]/gu,
  /\[\p{L}{2,20}_\d{1,3}\]/gu,
  /%[a-z_]{2,20}%|\$\{|\\[nu"]|(?<![\p{L}\p{N}])_{3,}(?![\p{L}\p{N}])/gu,
  /(?:^|\n) ?(?:ответ|черновик|отзыв|вопрос|покупатель|продавец|reply|answer|response|draft|текст)(?: (?:покупател[юя]|продавца|клиенту|на отзыв|ответа))? ?: /gu,
  /(?<![\p{L}\p{N}])(?:sk|pk|rk|key|token)-[a-z0-9_-]{6,80}|bearer [a-z0-9._-]{6,80}|api[_ -]?key/gu,
  /(?<![a-z0-9+/=])[a-z0-9+/]{24,400}={0,2}(?![a-z0-9+/])/gu,
  /(?:^|\n)#{1,4} |\*\*[^*\n]{1,200}\*\*|\]\(/gu,
];

export const promptLeak: Rule = {
  code: "prompt_leak",
  message: "Кусок наших указаний, разметки или незаполненный шаблон. Уберите.",
  find: (on) => {
    const own = ownText(on);
    const isOwn = (text: string): boolean => own.includes(text.trim());
    const isGiven = (text: string): boolean =>
      isOwn(text) ||
      (!/[{<`]/u.test(text) && tokenize(text).words.every((word) => on.facts.hasExactly(word.text)));
    return [
      ...patterns.flatMap((pattern) => findPattern(on, pattern, isGiven)),
      ...spansOf(on, machinery(on.draft), ({ first, last }) =>
        on.draft.words.slice(first, last + 1).every(({ text }) => on.facts.has(text)),
      ),
      ...spansOf(on, shared(on)),
    ];
  },
};

/** Runs of words that the prompt's own rules contain too. */
function shared({ draft, subject, given }: CheckInput): Match[] {
  if (subject.instructions.size === 0) return [];
  return draft.words.flatMap((_, first) => {
    const last = first + fewestShared - 1;
    const run = runAt(draft.words, first);
    const isSellers = draft.words.slice(first, last + 1).every(({ text }) => given.hasExactly(text));
    return run !== undefined && subject.instructions.has(run) && !isSellers ? [{ first, last }] : [];
  });
}
