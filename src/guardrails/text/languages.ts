import { isLetter } from "./characters.ts";

/** The two languages that the guardrails can read, and all others. */
export type Language = "russian" | "english" | "other";

const latin = /\p{Script=Latin}/u;
/** Letters that Ukrainian, Belarusian, Kazakh, Tatar, Serbian and others have and Russian does not. */
const neighbours = /[іїєґўәғқңөұүһҳҷӣӯњљћђџјѓќ]/iu;
const englishWords =
  /(?<!\p{L})(?:the|is|it|its|and|my|not|to|of|for|was|this|you|your|very|good|great|are|what|where|when|how|does|did|can|have|has|thanks?|bad|nice|love|please|order|size|item|broken|arrived|with|but|on|in|we|our|sorry|will|hello|that|be)(?!\p{L})/giu;
const latinWord = /\p{Script=Latin}{2,}/gu;

const count = (text: string, pattern: RegExp): number => text.match(pattern)?.length ?? 0;

/** Counts letters by script in one pass; plain characters need no costly property lookup. */
function lettersOf(text: string): { all: number; cyrillic: number; latin: number } {
  const counts = { all: 0, cyrillic: 0, latin: 0 };
  for (const char of text) {
    if (!isLetter(char)) continue;
    counts.all += 1;
    if (char >= "\u0400" && char <= "\u04ff") counts.cyrillic += 1;
    else if (char <= "z" || latin.test(char)) counts.latin += 1;
  }
  return counts;
}

/** A text's main language; null if the text is too short to tell, as «iPhone 15 Pro Max» is. */
export function languageOf(text: string): Language | null {
  const letters = lettersOf(text);
  const { cyrillic: ours, latin: theirs } = letters;
  if (letters.all < 4) return null;
  if (letters.all - ours - theirs > Math.max(ours, theirs)) return "other";
  if (ours * 2 >= theirs) return isNeighbour(text) ? "other" : "russian";
  const english = count(text, englishWords);
  const words = count(text, latinWord);
  if (english * 8 >= words && english > 0) return "english";
  return words >= 4 ? "other" : null;
}

/** One such letter may be a typing error or a name; several words with them are another language. */
function isNeighbour(text: string): boolean {
  if (!neighbours.test(text)) return false;
  const words = text.match(/\p{Script=Cyrillic}{2,}/gu) ?? [];
  const foreign = words.filter((word) => neighbours.test(word)).length;
  return foreign >= 2 || (foreign === 1 && words.length <= 3);
}
