import type { Match } from "./phrases.ts";
import type { Tokens, Word } from "./tokenize.ts";
import { fits, formsOf } from "./word-forms.ts";

const not = formsOf("(не|ни|not|never|cannot|don|doesn|didn|won|isn|wouldn|can)");
const without = formsOf("(нет|нельзя|невозможно|вряд|unable|no)");
const only = formsOf("(только|просто|лишь|только|only|just)");
/** Verbs that stand between «не» and the negated word. */
const modal = formsOf(
  "(мо(гу|жем|жет|гут|жете)|смо(гу|жем|жет)|стан(у|ем|ет)|буд(у|ем|ет|ут)|готов*|вправе|хо(чу|тим|телось)|обеща*|гаранти*|" +
    "утвержда*|уверя*|обязу*|получится|удастся|стоит|нужно|надо|должн*|име(ю|ем|ет)|планиру*|берем*|возьм*|прос(им|ит|ила|ил|или)|предлага*|предоставля*|" +
    "собира*|в|силах|возможно*|обязан*|уполномочен*|предусмотрен*|рискн*|можем|призна*|считаем|говорим|t|able|going|want|will|have|be)",
);
const filler = formsOf(
  "(вам|вас|нам|сами|сам|сама|здесь|тут|сейчас|вообще|просто|и|это|этот|об|о|что|за|право|права|возможност*|to|any|ever|этого|никак|ничего|точно|заранее|со|своей|стороны|к|сожалению)",
);
const after = formsOf("(не|ни|нельзя|невозможно|нет)");
const condition = formsOf("(если|ли|чтобы|когда|if|whether|либо|хотя|смотря)");

/** Tells whether a match is negated: «не обещаем …», «не можем гарантировать …», «обещать … мы не вправе». */
export function isNegated(tokens: Tokens, match: Match): boolean {
  return isNegatedBefore(tokens, match) || isNegatedAfter(tokens, match);
}

/** Words of a clause that are looked at before a match; the bound keeps the cost of endless clauses low. */
const farthest = 12;

/** Tells whether a match stands after «если», «когда», «чтобы», or before «ли», in its clause. */
export function isConditional({ words }: Tokens, { first, last }: Match): boolean {
  const own = words[first] as Word;
  for (let at = first - 1; at >= first - farthest && words[at]?.clause === own.clause; at -= 1) {
    if (fits(words[at]?.text ?? "", condition)) return true;
  }
  return words[last + 1]?.text === "ли" || words[first + 1]?.text === "ли";
}

function isNegatedBefore({ words }: Tokens, { first }: Match): boolean {
  const own = words[first] as Word;
  for (let at = first - 1; at >= Math.max(first - 6, 0); at -= 1) {
    const word = words[at] as Word;
    if (word.clause !== own.clause) return false;
    if (word.text === "без") return at === first - 1;
    if (fits(word.text, without)) return first - at <= 4;
    if (fits(word.text, not)) return !fits(words[at + 1]?.text ?? "", only);
    if (!fits(word.text, modal) && !fits(word.text, filler)) return hasNounNegated(words, at, own);
  }
  return false;
}

/** «нет возможности … вернуть»: other words may stand between. */
function hasNounNegated(words: readonly Word[], at: number, own: Word): boolean {
  for (let back = at; back >= Math.max(at - 2, 0); back -= 1) {
    if (words[back]?.clause !== own.clause) return false;
    if (fits(words[back]?.text ?? "", without)) return true;
  }
  return false;
}

function isNegatedAfter({ words }: Tokens, { last }: Match): boolean {
  const own = words[last] as Word;
  for (let at = last + 1; at <= last + 4; at += 1) {
    const word = words[at];
    if (word === undefined || word.clause !== own.clause) return false;
    if (word.text === "нельзя" || word.text === "невозможно") return true;
    if (fits(word.text, after))
      return word.text === "нет" || word.text === "ни" || fits(words[at + 1]?.text ?? "", modal);
  }
  return false;
}
