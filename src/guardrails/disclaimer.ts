import type { Match } from "./text/phrases.ts";
import { phrases } from "./text/phrases.ts";
import type { Tokens } from "./text/tokenize.ts";

const disclaimers = phrases([
  "(нет|без) ..4 (данн*|сведени*|информац*|подтвержд*|указани*|упоминани*|ответа|значени*)",
  "(данн*|сведени*|информац*|подтвержд*|указани*|ответа) ..6 (нет|отсутству*)",
  "не ..2 (указан*|сказан*|написан*|говорится|упомин*|упомянут*|отмечен*|приводится|приведен*|подтвержд*|известн*|обозначен*|заявлен*|описан*|содержит*|даст|дает|дано|уточняется|прописан*)",
  "не ..2 (можем|могу|станем|будем|берем*|возьм*|готовы|хотим|вправе|рискнем|хотелось|беремся) ..4 (утвержд*|подтверд*|сказать|гарант*|обеща*|ручаться|назвать|советовать|говорить|судить|заявлять|уверять|отвечать|знать|гадать|угадывать|подсказать|точно|посоветовать|оценить|подтверждать)",
  "(утвержд*|подтверд*|сказать|гарант*|назвать|говорить|судить|заявлять|уверять) ..5 не ..1 (можем|могу|станем|будем|вправе|беремся|хотим|готовы|возьмемся|рискнем)",
  "(сложно|трудно|затруднительно|невозможно|нельзя) ..2 (сказать|судить|утверждать|подтвердить|ответить|определить|назвать)",
  "(неизвестн*|умалчивает|молчит|отсутствует|наугад)",
  "(does|do|is|are|can|would) not ..3 (say|state|stated|mention|know|listed|specified|confirm|specify|given)",
  "(no|not) ..2 (information|data|confirmed|stated|specified|mentioned)",
]);

const mostLooked = 20;

/** Tells whether a match's sentence says that nothing is known of it: «не указано», «сведений … нет», «не можем подтвердить». */
export function disclaimersIn(tokens: Tokens): (match: Match) => boolean {
  const { words } = tokens;
  const found = Map.groupBy(disclaimers(tokens), ({ first }) => words[first]?.sentence);
  return ({ first, last }) =>
    (found.get(words[first]?.sentence) ?? [])
      .slice(0, mostLooked)
      .some((match) => !(match.first >= first && match.last <= last));
}
