import { phrases } from "../phrases.ts";
import { type Rule, spansOf } from "../rule.ts";

/** Names of the thing itself; anything a product of that name may be called by is a fact. */
const machine = phrases([
  "(ии|ai|аи)",
  "бот(|а|у|ом|е|ы|ов|ам|ами|ах|ик*)",
  "(чатбот*|чат-бот*|автоответчик*|автоответ(|а|ом|у)|робоответ*)",
  "(нейросет*|нейронк*|нейромодел*|нейро)",
  "нейронн* сет*",
  "искусственн* интеллект*",
  "машинн* (интеллект*|обучени*)",
  "(gpt*|chatgpt*|гпт*|чатгпт|чатгпти|yandexgpt|яндексгпт|gigachat*|гигачат*|deepseek*|дипсик*|claude|openai|copilot|gemini|llm|chatbot*|bot|bots)",
  "чат (gpt*|гпт*)",
  "(языков*|генеративн*) модел*",
  "language model*",
  "artificial intelligence",
  "(виртуальн*|цифров*|электронн*|автоматическ*|умн*|онлайн) (помощник*|помощниц*|ассистент*|консультант*|собеседник*|сотрудник*|менеджер*|агент*|оператор*)",
  "(virtual|automated|digital) (assistant*|agent*|reply|response|answer|message)",
]);

/** What only a machine says of itself. */
const confession = phrases([
  "(автоматическ*|автоматизированн*|машинн*|роботизированн*|шаблонн*) ..1 (ответ*|сообщени*|письм*|рассылк*|генерац*|отбивк*|ответчик*)",
  "(ответ*|сообщени*|текст*|письм*|отзыв*) ..3 (сгенерирован*|автоматически|автоматом|автоматизированн*|роботом|роботами|программой|алгоритм*|скриптом|машиной)",
  "(сгенерировано|сгенерирован|сгенерировала|сгенерировал|генерирует*|сгенерировали)",
  "(автоматически|роботом|программой|алгоритмом|скриптом) ..1 (сгенерирован*|созда(н|но|нный)|составлен*|подготовлен*|написан*|отправлен*|сформирован*)",
  "(отвечает|отвечаю|пишет|пишу|ответил|ответила|ответит|общаетесь|говорит|говорите|переписываетесь|беседуете) ..3 (робот|роботом|программа|программой|алгоритм|алгоритмом|машина|машиной|система|системой)",
  "(робот|робота|роботы|программа|алгоритм|система) ..2 (отвечает|ответил*|отвечу|подготовил*|составил*|написал*|пишет)",
  "я ..2 (робот|программа|алгоритм|машина|скрипт|модель)",
  "(робот|роботизированн*) (помощник*|ассистент*|консультант*)",
  "как (модель|робот|программа|алгоритм|ассистент)",
  "я не ..1 человек",
  "не ..1 человек ..2 (отвечает|пишет|а)",
  "не (живой|настоящий|реальный) (человек|сотрудник|оператор)",
  "(i|am) ..2 (ai|robot|program|machine)",
  "(automatically|machine) (generated|written|composed)",
]);

export const aiMention: Rule = {
  code: "ai_mention",
  message: "Покупателю не говорят, что ответ готовила программа. Уберите упоминание.",
  find: (on) => {
    const { words } = on.draft;
    return [
      ...spansOf(
        on,
        machine(on.draft),
        ({ first, last }) =>
          words.slice(first, last + 1).every(({ text }) => on.facts.has(text)) ||
          isPetrol(first) ||
          isHyphened(first),
      ),
      ...spansOf(on, confession(on.draft)),
    ];

    /** «АИ-95» is a petrol. */
    function isPetrol(at: number): boolean {
      return words[at]?.text === "аи" && /^\d/u.test(words[at + 1]?.text ?? "");
    }

    /** «нейро-» and the like only count as words of their own. */
    function isHyphened(at: number): boolean {
      const word = words[at];
      return word?.text === "нейро" && on.draft.folded.text[word.end] === "-";
    }
  },
};
