import type { DraftBrief } from "../../src/domain/brief.ts";

/** What no reply by rules may say. `unless` names the briefs where it may. */
interface Forbidden {
  readonly what: string;
  readonly pattern: RegExp;
  readonly unless?: (brief: DraftBrief) => boolean;
}

const words = (...parts: string[]) =>
  new RegExp(`(?<![\\p{L}\\p{N}_])(?:${parts.join("|")})(?![\\p{L}\\p{N}_])`, "iu");
const named =
  (...cues: string[]) =>
  (brief: DraftBrief) =>
    cues.some((cue) => brief.cues.includes(cue));

export const forbidden: readonly Forbidden[] = [
  {
    what: "AI",
    pattern: words("ии", "ai", "бот\\p{L}*", "нейросет\\p{L}*", "gpt", "автоматическ\\p{L}*", "робот\\p{L}*"),
  },
  {
    what: "promises: any action of ours to come",
    pattern: words(
      "(?:верн[её]м|возвратим|возместим|компенсиру|заменим|замен[аеуы]|обменя|отправ|проверим|передадим|уточним|сообщим|ответ(?:им|ит)|свяж|разбер[её]м|решим|реша|поможем|подскаж|исправ|учт[её]м|сделаем|постара|гарантир|обещ|обязательно|компенсац|бесплатн)\\p{L}*",
      "верн[её]мся",
      "будем(?! рады)",
      "деньги",
      "завтра",
      "в ближайшее время",
      "скоро",
      "позже",
    ),
  },
  {
    what: "actions that nobody took",
    pattern: words(
      "(?:уже )?(?:отправили|передали|проверили|связались|сообщили мы|заменили|вернули|оформили|изучили|выяснили|уточнили|посмотрели)",
    ),
  },
  {
    what: "the marketplace's authority",
    pattern: words(
      "(?:отменим|ускорим|одобр\\p{L}*|продлим|измен(?:им|ить) адрес|перенес[её]м)",
      "мы (?:можем|сможем) отменить",
    ),
  },
  {
    what: "blame and rudeness",
    pattern: words(
      "вин(?:а|ы|оват\\p{L}*)",
      "лж[её]т\\p{L}*",
      "врёте",
      "сами",
      "невнимательн\\p{L}*",
      "конкурент\\p{L}*",
    ),
  },
  {
    what: "dismissal",
    pattern: words(
      "поддержк\\p{L}*",
      "не можем",
      "не мо[гж]\\p{L}* повлиять",
      "не зависит",
      "не отвечаем",
      "склад\\p{L}*",
    ),
  },
  {
    what: "admissions",
    pattern: words(
      "ошиб(?:лись|ка|ки|ку)",
      "извин\\p{L}*",
      "прост(?:ите|им)",
      "брак\\p{L}*",
      "нарушил\\p{L}*",
      "не соответств\\p{L}*",
      "дефект\\p{L}*",
    ),
  },
  {
    what: "claims about health",
    pattern: words("гипоаллерген\\p{L}*", "безопасен", "безопасна", "безвредн\\p{L}*", "не вызывает"),
  },
  {
    what: "bargains for stars",
    pattern: words("измен\\p{L}* (?:оценк|отзыв)\\p{L}*", "удалит[ье]", "подар\\p{L}*"),
  },
  {
    what: "incentives",
    pattern: words(
      "скидк\\p{L}*",
      "промокод\\p{L}*",
      "кэшбэк\\p{L}*",
      "кешбэк\\p{L}*",
      "бонус\\p{L}*",
      "купон\\p{L}*",
    ),
  },
  {
    what: "links and contacts",
    pattern: /https?:|www\.|@|\.(?:ru|com|рф)|\d{3,}|телеграм|ватсап|whatsapp|почт[уы]|телефон/iu,
  },
  {
    what: "jargon",
    pattern: words(
      "уважаем\\p{L}*",
      "клиент\\p{L}*",
      "sku",
      "fbo",
      "fbs",
      "пересорт\\p{L}*",
      "данн(?:ый|ого|ому) товар\\p{L}*",
    ),
  },
  {
    what: "a gender",
    pattern: words(
      "получил[аи]?\\(а\\)",
      "получила?",
      "заказала?",
      "купила?",
      "вы \\p{L}{2,}(?:л|ла|лся|лась)",
      "рада?",
      "готова?",
      "доволен",
      "довольна",
      "\\p{L}+/а",
    ),
  },
  {
    what: "sympathy at five stars",
    pattern: words("жаль", "сожале\\p{L}*", "досадно", "огорч\\p{L}*", "расстро\\p{L}*"),
    unless: ({ rating }) => rating !== 5,
  },
  {
    what: "joy at one to three stars",
    pattern: words("рады", "приятн\\p{L}*", "понравилась вам(?! не)", "довольны"),
    unless: ({ rating }) => rating === null || rating > 3,
  },
  {
    what: "a return nobody asked for",
    pattern: words("возврат\\p{L}*", "вернуть", "обмен\\p{L}*"),
    unless: named("return", "defect", "wrong_item"),
  },
  { what: "stray signs", pattern: /[^\p{Script=Cyrillic}\p{Script=Latin}\s.,:;!?«»—()-]/u },
];
