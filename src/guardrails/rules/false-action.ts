import type { CheckInput } from "../check-input.ts";
import { type Rule, spansOf } from "../rule.ts";
import { isConditional, isNegated } from "../text/negation.ts";
import { type Match, phrases } from "../text/phrases.ts";
import type { Tokens } from "../text/tokenize.ts";
import { fits, formsOf } from "../text/word-forms.ts";

/** Stems of what a seller might claim to have done; past endings follow. */
const stems = [
  "отправи",
  "высла",
  "присла",
  "переда",
  "провери",
  "перепровери",
  "связа",
  "сообщи",
  "замени",
  "верну",
  "возврати",
  "оформи",
  "изучи",
  "выясни",
  "уточни",
  "созда",
  "зарегистрирова",
  "зафиксирова",
  "рассмотре",
  "просмотре",
  "посмотре",
  "осмотре",
  "направи",
  "запроси",
  "устрани",
  "исправи",
  "доработа",
  "пересмотре",
  "скорректирова",
  "улучши",
  "учли",
  "оповести",
  "обнови",
  "усили",
  "наказа",
  "уволи",
  "оштрафова",
  "подключи",
  "назначи",
  "начисли",
  "переве",
  "перечисли",
  "возмести",
  "компенсирова",
  "отмени",
  "ускори",
  "одобри",
  "измени",
  "поменя",
  "заброниров",
  "забронирова",
  "зарезервирова",
  "отложи",
  "отгрузи",
  "отпусти",
  "подготови",
  "связыва",
  "обрати",
  "пода",
  "позвони",
  "написа",
  "нашл",
  "обнаружи",
  "проинформирова",
  "уведоми",
  "предупреди",
  "инициирова",
  "пожалова",
  "эскалирова",
  "протестирова",
  "пересчита",
  "разобра",
  "обсуди",
  "внес",
  "внесл",
  "приня",
  "прове",
  "постави",
  "взя",
  "выяви",
  "сняли",
  "сня",
  "обработа",
  "перепакова",
  "выда",
  "заказа",
  "получи",
];
const ourDeed = formsOf(
  `(${stems.map((stem) => `${stem}(ли|ла|л|лись|лась|лся)`).join("|")}|нашли|нашла|нашел|внесли|внесла|перевели|перевела|провели|провела|провел)`,
);

const seenWords =
  "(отправ*|высла*|присла*|переда*|провер*|связа*|сообщи*|замен*|верну*|возврат*|оформ*|изуч*|выясн*|уточн*|созда*|зарегистрир*|зафиксир*|рассмотр*|просмотр*|посмотр*|осмотр*|направ*|запрос*|устран*|исправ*|пересмотр*|скорректир*|улучши*|учли|учла|оповести*|доработ*|обнов*|усил*|наказ*|увол*|оштраф*|подключ*|назнач*|начисл*|переве*|перечисл*|возмест*|компенсир*|отмен*|ускор*|одобр*|измен*|поменя*|заброни*|зарезервир*|отлож*|отгруз*|подготов*|обрати*|позвон*|проинформир*|уведом*|предупред*|иници*|эскалир*|протестир*|разобра*|обсуд*|обработа*|выяв*|перепакова*)";
const doer =
  "(мы|я|нами|мною|мной|магазин*|менеджер*|специалист*|сотрудник*|технолог*|коллег*|команда|отдел*|руководств*|склад*|оператор*|эксперт*|мастер*|начальник*|ответственн*)";

/** The seller as the subject, or no subject: «Передали на склад». */
const deeds = phrases([
  `${doer} ..4 ${seenWords}`,
  `уже ..2 ${seenWords}`,
  `${seenWords}`,
  `(приняли|принял|приняла|принимаем) ..2 (мер*|в)`,
  `(провели|провела|провел) ..3 (проверк*|бесед*|работ*|расследован*|ревизи*|инструктаж*|анализ*|экспертиз*)`,
  `(поставили|взяли|держим|взял|взяла) ..3 (контрол*|заметк*|учет*)`,
  `(нашли|обнаружили|внесли|подали|создали|завели|дали|сделали) ..3 (заявк*|запрос*|тикет*|причин*|ошибк*|изменени*|правк*|обращени*|жалоб*|поручени*|указани*|выговор*|ваш*|замечани*)`,
]);

const passives = phrases([
  "(заявк*|обращени*|жалоб*|запрос*|информаци*|вопрос*|претензи*|сообщени*|замечани*|заказ|пожелани*|предложени*|отзыв|данные|ситуаци*|случай|проблем*|товар|деньги|средства|замена|посылка|партия|склад|возврат|сотрудник*|меры|проверка|беседа|работа|описание|карточка|ошибка|недочет*|виновн*) ..3 (передан*|направлен*|отправлен*|зарегистрирован*|принят(|а|ы|о)|создан*|рассмотрен*|изучен*|возвращен*|перечислен*|проверен*|перепроверен*|проведен*|уведомлен*|наказан*|уволен*|устранен*|исправлен*|обновлен*|доведен*|зафиксирован*|оформлен*|одобрен*|решен(|а|ы|о)|заменен*|взят*|подготовлен*|обработан*|оштрафован*|учтен*|внесен*|пересмотрен*|разобран*|обсужден*|проанализирован*|улучшен*|усилен*)",
  "(уже|взят*|находится|стоит|вопрос|ситуация|обращение) ..3 на ..2 контрол*",
  "(передан*|направлен*|отправлен*|зарегистрирован*|возвращен*|проведен*|проверен*|приняты|изучен*|создан*) ..3 (заявк*|обращени*|жалоб*|запрос*|информаци*|претензи*|замена|деньги|средства|партия|меры|проверк*|бесед*|склад*|отдел*|руководств*|производител*)",
  "с (сотрудник*|персонал*|работник*|склад*|упаковщик*) ..2 (проведен*|поговор*)",
  "(сейчас|уже|сегодня) ..1 (проверяем|проверяю|передаем|передаю|разбираемся|выясняем|выясняю|изучаем|оформляем|оформляю|готовим|ищем|отправляем|решаем|занимаемся|работаем)",
  "(проводим|проводится|ведем|ведется|идет) ..2 (проверк*|расследован*|разбирательств*)",
]);

const english = phrases([
  "(we|i) (have|ve|already|just) ..2 (sent|shipped|checked|contacted|forwarded|passed|refunded|issued|replaced|reported|informed|notified|arranged|cancelled|canceled|processed|opened|escalated)",
  "(we|i) (sent|shipped|checked|contacted|forwarded|passed|refunded|issued|replaced|reported|informed|notified|arranged|cancelled|canceled)",
  "(your|the) ..2 (has|have) been (sent|shipped|forwarded|refunded|replaced|processed|cancelled|canceled|passed|resolved)",
]);

const theirs = formsOf(
  "(вы|вами|покупател*|клиент*|что|которы*|если|когда|как|раз|чтобы|wildberries|ozon|маркетплейс*|кто|никто|люди|дети|они|дочк*|муж*)",
);
const ours = formsOf("(мы|я|нами|уже|также|сразу|наш|наша|наши|менеджер*|специалист*|технолог*|коллег*)");

export const falseAction: Rule = {
  code: "false_action",
  message:
    "Действие, которого никто не совершал. Напишите о том, что известно, или назовите следующий шаг покупателя.",
  find: (on) => {
    const { draft } = on;
    const isExcused = (match: Match): boolean =>
      isNegated(draft, match) || isConditional(draft, match) || isOldNews(on, match);
    return [
      ...spansOf(on, deeds(draft), (match) => !isOurs(draft, match) || isExcused(match)),
      ...spansOf(on, [...passives(draft), ...english(draft)], isExcused),
    ];
  },
};

const farthest = 12;

/** Tells whether a past form is about the seller: the seller is named, or nobody is and the form opens its clause. */
function isOurs({ words }: Tokens, { first, last }: Match): boolean {
  const offset = words.slice(first, last + 1).findIndex(({ text }) => fits(text, ourDeed));
  if (offset === -1) return false;
  const at = first + offset;
  const { clause } = words[at] as { clause: number };
  const before: string[] = [];
  for (let index = at - 1; index >= at - farthest && words[index]?.clause === clause; index -= 1)
    before.push(words[index]?.text ?? "");
  if (before.some((word) => fits(word, ours))) {
    const opener = before.at(-1) ?? "";
    return !["если", "когда"].includes(opener) && !before.some((word) => word === "вы");
  }
  if (before.some((word) => fits(word, theirs))) return false;
  const isPlural = /ли(?:сь)?$/u.test(words[at]?.text ?? "");
  return isPlural && before.length <= 4 && !followsNoun(words[at - 1]?.text) && words[at + 1]?.text !== "не";
}

/** «Покупатели отправили»: a plural noun right before the verb is its subject. */
function followsNoun(word: string | undefined): boolean {
  return word !== undefined && /(?:тели|ники|цы|еры|оры|ята|ки)$/u.test(word);
}

/** The draft may repeat what the seller already said in the thread. */
function isOldNews({ draft, seller, subject }: CheckInput, { first, last }: Match): boolean {
  if (subject.sellerTexts.length === 0) return false;
  const said = draft.words.slice(first, last + 1).filter(({ text }) => text.length > 4);
  return said.length > 0 && said.some(({ text }) => fits(text, ourDeed) && seller.at.has(text));
}
