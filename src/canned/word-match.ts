const endings =
  /(?:ами|ями|ого|ому|ов|ев|ей|ом|ем|ой|ый|ий|ая|ое|ые|ие|ых|ым|ую|ью|ам|ям|ах|ях|а|я|у|ю|е|ы|и|ь|о)$/u;
const generic =
  /^(?:товара?|изделия|изделие|предмета?|основн|общ|для|без|и|в|с|на|из|от|по|шт|см|мм|кг|мл|л|г|м)$/u;

// Buyers' words for catalogues' words.
const synonyms: ReadonlyMap<string, readonly string[]> = new Map([
  ["ткань", ["материал", "состав"]],
  ["материал", ["состав"]],
  ["сделан", ["материал"]],
  ["весит", ["вес"]],
  ["весят", ["вес"]],
  ["габарит", ["размер"]],
  ["совместим", ["совместимость"]],
  ["емкость", ["объем"]],
  ["литраж", ["объем"]],
  ["окрас", ["цвет"]],
  ["расцветка", ["цвет"]],
]);

/** A text's words in lower case, with е for ё. */
export function wordsOf(text: string): readonly string[] {
  return (
    text
      .toLowerCase()
      .replaceAll("ё", "е")
      .match(/[\p{L}\p{N}]+/gu) ?? []
  );
}

/**
 * Tells whether a question's words name an attribute. `whole`: by all significant words of the name;
 * `head`: by the first one, so that «материал» finds «Материал верха»; `synonym`: by a synonym of the first one.
 */
export function namesMatch(
  name: string,
  asked: readonly string[],
  how: "whole" | "head" | "synonym",
): boolean {
  const words = wordsOf(name).filter((word) => !generic.test(word));
  const needed = how === "whole" ? words : words.slice(0, 1);
  const same = how === "synonym" ? sameOrSynonym : sameWord;
  return needed.length > 0 && needed.every((word) => asked.some((other) => same(word, other)));
}

function sameOrSynonym(word: string, asked: string): boolean {
  if (sameWord(word, asked)) return true;
  for (const [said, meant] of synonyms) {
    if (sameWord(said, asked) && meant.some((other) => sameWord(other, word))) return true;
  }
  return false;
}

/** Compares two words without their endings. A word also counts whole, because its ending may belong to the stem («объем»). */
function sameWord(left: string, right: string): boolean {
  if (left === right) return true;
  const stems = stemsOf(left);
  const shortest = Math.max(3, Math.min(left.length, right.length) - 2);
  return stemsOf(right).some((stem) => stem.length >= shortest && stems.includes(stem));
}

function stemsOf(word: string): string[] {
  const stem = word.replace(endings, "");
  return stem.length >= 3 && stem !== word ? [word, stem] : [word];
}
