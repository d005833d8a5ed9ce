import { findPattern } from "../find-pattern.ts";
import { type Rule, spansOf } from "../rule.ts";
import { phrases } from "../text/phrases.ts";

const questions = phrases([
  "(уточните|подскажите|сообщите|ответьте|напомните|назовите|поясните)",
  "(подскажите|скажите|расскажите|уточните|сообщите|поясните|ответьте|напишите|опишите|поделитесь|объясните|укажите) ..3 (что|какой|какая|какое|какие|какого|как|почему|когда|где|куда|чем|сколько|кто|зачем|который|был|была|было|ли|в|откуда|причин*|насколько)",
  "(могли|можете|сможете) ..1 бы? ..3 (подсказать|сказать|рассказать|уточнить|описать|пояснить|сообщить|ответить|прислать|объяснить)",
  "(хотим|хотелось|хотели|интересно|важно) ..2 (узнать|спросить|уточнить|понять) ..2 (что|какой|как|почему|когда|где|чем|какие|был|была|у)",
  "(tell|let|could|can) ..2 (us|you) ..3 (what|which|why|how|when|know)",
]);

export const asksBuyer: Rule = {
  code: "asks_buyer",
  message: "Вопрос в ответе на отзыв: покупатель не сможет ответить. Предложите чат с продавцом.",
  find: (on) => {
    if (on.subject.channel !== "review") return [];
    const { words } = on.draft;
    const sentences = findPattern(on, /[^.!?\n]{0,300}\?/gu).map(({ start, end }) => ({
      start: start + leading(on.draft.normalized.original, start),
      end,
    }));
    return [
      ...sentences,
      ...spansOf(on, questions(on.draft), ({ first }) => {
        const own = words[first]?.sentence;
        return words
          .slice(Math.max(first - 12, 0), first + 25)
          .some(({ sentence, text }) => sentence === own && /^(?:чат\p{L}*|chat|друзьям|если)$/u.test(text));
      }),
    ];
  },
};

function leading(text: string, from: number): number {
  return /^\s*/u.exec(text.slice(from, from + 20))?.[0].length ?? 0;
}
