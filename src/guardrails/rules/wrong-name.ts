import { firstNames } from "../../language/first-names.ts";
import type { CheckInput } from "../check-input.ts";
import { type Facts, factsOf } from "../facts.ts";
import { type Rule, spansOf } from "../rule.ts";
import { fits, formsOf } from "../text/word-forms.ts";

const greeting = formsOf(
  "(здравствуйте|здравствуй|привет|приветик|приветствуем|приветствую|день|дня|вечер|вечера|утро|утра|ночи|суток|уважаем(ая|ый|ые)|дорог(ая|ой|ие)|мил(ая|ый)|любим(ая|ый)|спасибо|благодарим|благодарю|hello|hi|hey|dear|thanks|you)",
);
const address = formsOf("(уважаем(ая|ый|ые)|дорог(ая|ой|ие)|мил(ая|ый)|dear)");
const closing = formsOf(
  "(уважением|пожеланиями|наилучшими|теплом|заботой|любовью|команда|менеджер*|ваш|ваша|администратор|специалист|директор|искренне|всегда|regards|wishes|sincerely)",
);
const plain = formsOf(
  "(спасибо|благодар*|мы|нам|нас|очень|рад(|ы|а)|приятно|команда|покупател*|клиент*|друз*|коллег*|господ*|пользовател*|customer*|buyer*|client*|friend*|sir|madam|thank|thanks|we|i|да|нет|вы|ваш*|вам|это|чем|как|что|к|по|в|с|на|за|от|и|а|но|понимаем|сожалеем|жаль|увы|будем|конечно|пожалуйста|магазин*|wildberries|ozon|wb)",
);
const patronymic = /(?:[ое]вич|[ое]вна|[иы]нична|ична|ьич|мич|кич)$/u;

export const wrongName: Rule = {
  code: "wrong_name",
  message: "Обращение по имени, которое не принадлежит покупателю.",
  find: (on) => {
    const stored = factsOf([on.subject.customerName?.slice(0, 200) ?? null]);
    const isAllowed = allowedNames(on, stored);
    const found = on.draft.words.flatMap((_word, at) => {
      const last = calledAt(on, stored, at);
      return last === undefined || isAllowed(at, last) ? [] : [{ first: at, last }];
    });
    return spansOf(on, found);
  },
};

/** The position of the last word of a name that begins here, if the draft addresses the buyer by it. */
function calledAt(on: CheckInput, stored: Facts, at: number): number | undefined {
  const { words, normalized } = on.draft;
  const word = words[at];
  if (word === undefined || !word.isCapital || word.text.length < 2) return undefined;
  const before = words[at - 1]?.sentence === word.sentence ? words[at - 1] : undefined;
  const gap = normalized.text.slice(before?.end ?? word.start, word.start);
  const isGreeted = before !== undefined && fits(before.text, greeting) && !gap.includes("\n");
  const isName = firstNames.has(word.text) || (before === undefined && stored.hasExactly(word.text));
  if (!isName && !(isGreeted && isAddressed(word.text, before.text, gap))) return undefined;
  const last = isFullName(words, at) ? at + 1 : at;
  const after = normalized.text.slice(words[last]?.end, (words[last]?.end ?? 0) + 1);
  if (isGreeted) return isName || /[,!.:;\n)-]|^$/u.test(after) ? last : undefined;
  // A draft may speak of a doll of this name.
  if (on.facts.has(word.text)) return undefined;
  return isSetOff(gap, after, before?.text) ? last : undefined;
}

/** True between commas, or at the beginning of the sentence before a comma; false for a signature. */
function isSetOff(gap: string, after: string, before: string | undefined): boolean {
  if (before === undefined) return after === ",";
  return gap.includes(",") && /[,!.?\n]|^$/u.test(after) && !fits(before, closing);
}

/** «Здравствуйте, Кузнецова», «уважаемая Кузнецова»: an unknown name, but it can be nothing else. */
function isAddressed(word: string, before: string, gap: string): boolean {
  return !fits(word, plain) && (gap.includes(",") || fits(before, address));
}

function isFullName(words: CheckInput["draft"]["words"], at: number): boolean {
  const next = words[at + 1];
  return (
    next !== undefined &&
    next.sentence === words[at]?.sentence &&
    next.isCapital &&
    patronymic.test(next.text)
  );
}

/** Allows the first name, also with the stored patronymic, and a name that the buyer signs with. */
function allowedNames(
  { draft, buyer, subject }: CheckInput,
  stored: Facts,
): (first: number, last: number) => boolean {
  const first = factsOf([subject.firstName]);
  return (at, last) => {
    const name = draft.words[at]?.text ?? "";
    const second = last > at ? draft.words[last]?.text : undefined;
    if (second !== undefined && !stored.hasExactly(second)) return false;
    if (first.hasExactly(name) || isIntroduced(buyer, name)) return true;
    const isLatin = /^[a-z]+$/u.test(name);
    return subject.firstName === null && stored.hasExactly(name) && (isLatin || firstNames.has(name));
  };
}

const introducing = formsOf("(зовут|звать|я|уважением|это|имя|name|am)");

/** «Меня зовут Оксана», or a name at the end of the buyer's texts. */
function isIntroduced({ at, words }: CheckInput["buyer"], name: string): boolean {
  return (at.get(name) ?? []).some((place) => {
    const before = words[place - 1]?.text ?? "";
    return fits(before, introducing) || (place === words.length - 1 && place > 0);
  });
}
