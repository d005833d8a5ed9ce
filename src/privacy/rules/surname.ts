import { literally } from "../context.ts";
import type { Finding, Rule } from "../finding.ts";

/** Typical surnames and patronymics; any other word of a name is found only with a capital letter. */
const telling =
  /(?:[оеё]в|[оеё]ва|ин|ина|ын|ына|ский|ская|цкий|цкая|енко|чук|юк|дзе|швили|[оеё]вич|[оеё]вна|ична)$/iu;
const endings =
  "(?:[аеёиоуыюя]|ой|ей|ою|ым|им|ом|ем|ого|его|ому|ему|ых|их|ам|ами|ах|ы|ичем|ича|ичу|ная|ну|не|ны|ной)?";

/** Finds the buyer's surname and patronymic in any form. */
export const surname: Rule = ({ text }, { surnames }) => surnames.flatMap((name) => formsIn(text, name));

function formsIn(text: string, name: string): Finding[] {
  const word = name.toLowerCase().replaceAll("ё", "е");
  if (word.length < 2) return [];
  const stem = word.length < 4 ? word : word.replace(/(?:ий|ый|ой|ая|яя|[аеёийоуыьэюя])$/u, "");
  const spelling = [...stem].map((letter) => (letter === "е" ? "[её]" : literally(letter))).join("");
  const pattern = new RegExp(
    `(?<![\\p{L}\\p{N}])${spelling}${word.length < 4 ? "" : endings}(?![\\p{L}\\p{N}])`,
    "giu",
  );
  const anyCase = telling.test(word) && word.length > 4;
  return [...text.matchAll(pattern)]
    .filter((match) => anyCase || /^\p{Lu}/u.test(match[0]))
    .map((match) => ({ kind: "surname", start: match.index, end: match.index + match[0].length, key: word }));
}
