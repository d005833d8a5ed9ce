import { type CheckInput, type Span, spanBetween } from "../check-input.ts";
import { factsOf } from "../facts.ts";
import { digitsOf, findPattern, ownText } from "../find-pattern.ts";
import { type Rule, spansOf } from "../rule.ts";
import { isWordPart } from "../text/characters.ts";
import { isNegated } from "../text/negation.ts";
import { normalize } from "../text/normalize.ts";
import { type Match, phrases } from "../text/phrases.ts";
import { tokenize } from "../text/tokenize.ts";

const asks =
  "(пришлите|присылайте|напишите|пишите|укажите|сообщите|назовите|оставьте|уточните|продиктуйте|дайте|скиньте|скидывайте|отправьте|вышлите|предоставьте|поделитесь|подскажите|скажите|введите|предъявите|приложите|заполните|подтвердите|нужен|нужна|нужны|нужно|потребуется|потребуются|понадобится|понадобятся|ждем|необходим|необходимы|необходимо|просим|можете|могли|какой|какая|каков)";
const personal =
  "(телефон(|а|ы|у)|телефончик|паспорт(|а|н*)|реквизит*|фио|фамили*|отчеств*|снилс|инн|прописк*|cvv|cvc|свв|логин*|парол*|пин-код|e-mail|email|емейл*|имейл*|мейл|почту|e|контакт(ы|н*)|паспорте|карт(ы|у)|счет(|а)|полис*)";

const requests = phrases([
  `${asks} ..4 ${personal}`,
  `${asks} ..4 (номер*|данные|скан*|копи*|фото) ..2 (телефон*|карт(ы|у|е)|паспорт*|счет*|полис*|мобильн*|документ*)`,
  `${asks} ..4 (адрес(|а)|место|улиц*) ..2 (проживани*|жительств*|доставки|регистраци*|прописк*|почт*|дом*|фактическ*)?`,
  `${asks} ..3 (личн*|персональн*|контактн*|платежн*|банковск*|паспортн*) ..1 (данные|информаци*|сведени*|реквизит*|номер*|телефон*)`,
  `${asks} ..4 (дат(у|а)|год|день|число) ..1 рождени*`,
  `${asks} ..3 (полн*|ваш*) ..1 (имя|фио|инициалы)`,
  `${asks} ..3 (код*|пароль) ..2 (смс|sms|карт*|подтверждени*|из)`,
  `${asks} ..3 (как|куда) ..2 (связаться|позвонить|дозвониться)`,
  "ваш(и|у|а|е|его|их) ..1 (фио|паспортн*|реквизит*|снилс|инн)",
  "(где|какой) вы ..1 (живете|проживаете|работаете)",
  "(ваш|свой|вашего|своего) ..1 телефон(|а) ..2 (для|и|пожалуйста|чтобы)",
  "(send|give|share|provide|tell|need|enter) ..3 (phone|address|email|e|passport|card|surname|password|cvv|birth)",
]);

const address =
  /(?<![\p{L}\p{N}])(?:ул|улица|улице|улицы|пр-т|просп|проспект|пер|переулок|бульвар|б-р|шоссе|наб|набережная|мкр)\.? ?[\p{L}\d -]{2,40},? ?(?:д|дом|стр)?\.? ?\d{1,4}[а-г]?(?:,? ?(?:к|корп|корпус)\.? ?\d{1,3})?(?:,? ?(?:кв|квартира)\.? ?\d{1,4})?/gu;
const flat = /(?<![\p{L}\p{N}])(?:кв|квартир[аеуы])\.? ?\d{1,4}(?!\d)/gu;
const card = /(?<!\d)\d(?:[ -]?\d){12,18}(?!\d)/gu;
const passport = /(?<!\d)\d{2} ?\d{2} ?№? ?\d{6}(?!\d)/gu;
const snils = /(?<!\d)\d{3}-\d{3}-\d{3}[ -]\d{2}(?!\d)/gu;

export const personalData: Rule = {
  code: "personal_data",
  message: "Личные данные покупателя: в ответе их не повторяют и не просят прислать.",
  find: (on) => [
    ...spansOf(on, requests(on.draft), (match) => isNegated(on.draft, match) || isInAccount(on, match)),
    ...repeated(on),
    ...documents(on),
    ...surnames(on),
  ],
};

/** «Укажите адрес в личном кабинете» asks for nothing here; and the product itself may be a phone. */
function isInAccount({ draft, facts }: CheckInput, { first, last }: Match): boolean {
  const { words } = draft;
  const own = words[first]?.sentence;
  const rest = words.slice(first, last + 7).filter(({ sentence }) => sentence === own);
  const isThere = /кабинет|приложени|оформлени|заявк|заказе|профил|настройк/u.test(
    rest.map(({ text }) => text).join(" "),
  );
  const said = words[last]?.text ?? "";
  return isThere || (facts.has(said) && !/номер|ваш|свой/u.test(rest.map(({ text }) => text).join(" ")));
}

function documents(on: CheckInput): Span[] {
  const own = ownText(on);
  const isOwn = (text: string): boolean => own.includes(text.trim());
  const { text: normalized } = on.draft.normalized;
  return [
    ...findPattern(on, address, isOwn),
    ...findPattern(on, flat, isOwn),
    ...findPattern(on, snils),
    ...findPattern(on, card, (text) => !isLuhn(digitsOf(text)) || on.facts.hasExactly(digitsOf(text))),
    ...findPattern(
      on,
      passport,
      (_text, at) => !/паспорт|серия|passport/u.test(normalized.slice(Math.max(at - 30, 0), at)),
    ),
  ];
}

function isLuhn(digits: string): boolean {
  let sum = 0;
  for (let at = 0; at < digits.length; at += 1) {
    const digit = Number(digits[digits.length - 1 - at]);
    const doubled = at % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return digits.length >= 13 && sum % 10 === 0;
}

const fewestDigits = 6;

/** Finds the buyer's personal values, however they are spaced; an address also by its parts. */
function repeated(on: CheckInput): Span[] {
  return on.subject.personal.flatMap((value) => {
    const digits = digitsOf(value);
    const isNumber = digits.length >= fewestDigits && digits.length * 2 > value.trim().length;
    return isNumber ? byDigits(on, digits.slice(-10)) : [...byText(on, value), ...byParts(on, value)];
  });
}

function byDigits(on: CheckInput, digits: string): Span[] {
  const { text } = on.draft.normalized;
  const places = [...text.matchAll(/\d/gu)].map(({ index }) => index);
  const at = places
    .map((place) => text[place])
    .join("")
    .indexOf(digits);
  if (at === -1) return [];
  const [from, to] = [places[at] as number, places[at + digits.length - 1] as number];
  return to - from > digits.length * 3 ? [] : [spanBetween(on.draft, from, to + 1)];
}

function byText(on: CheckInput, value: string): Span[] {
  const wanted = normalize(value).text.trim();
  const { text } = on.draft.normalized;
  const at = wanted.length < 4 ? -1 : text.indexOf(wanted);
  const isInside = isWordPart(text.charAt(at - 1)) || isWordPart(text.charAt(at + wanted.length));
  return at === -1 || isInside ? [] : [spanBetween(on.draft, at, at + wanted.length)];
}

const window = 8;
const formal = /^(?:ул|улица|д|дом|кв|квартира|г|город|корп|к|п|пр)$/u;

function byParts(on: CheckInput, value: string): Span[] {
  const parts = tokenize(value)
    .words.map(({ text }) => text)
    .filter((word) => !formal.test(word));
  if (parts.length < 2) return [];
  const same = factsOf([parts.join(" ")]);
  const { words } = on.draft;
  const spans: Span[] = [];
  words.forEach((word, first) => {
    if (!same.has(word.text)) return;
    const near = words.slice(first, first + window);
    const last = near.findLastIndex(({ text }) => same.has(text));
    const found = new Set(near.map(({ text }) => text).filter((text) => same.has(text)));
    if (found.size >= parts.length)
      spans.push(spanBetween(on.draft, word.start, (near[last] as typeof word).end));
  });
  return spans;
}

const patronymic = /(?:[ое]вич|[ое]вна|[иы]нична|ьич|мич|кич)$/u;

/** Finds the surname that the host stores; no greeting uses it. */
function surnames(on: CheckInput): Span[] {
  const { customerName, firstName } = on.subject;
  if (customerName === null || firstName === null) return [];
  const first = normalize(firstName).text;
  const names = tokenize(customerName.slice(0, 200)).words.map(({ text }) => text);
  const surname = names.filter(
    (name) => name.length > 3 && name !== first && !patronymic.test(name) && !on.facts.has(name),
  );
  const places = surname
    .flatMap((name) => on.draft.at.get(name) ?? [])
    .filter((at) => on.draft.words[at]?.isCapital);
  return spansOf(
    on,
    places.map((at) => ({ first: at, last: at })),
  );
}
