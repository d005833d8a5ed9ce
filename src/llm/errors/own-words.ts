/** A service's words that are shown are no longer than this. */
const longest = 200;

/** What gives nothing away, whoever has said it: the shortest words, and the names of parameters. */
const neutral = /^(?:[a-z]{1,3}|[a-z]+(?:_[a-z]+)+|json|models?|parameter|format|not)$/;

/**
 * A service's words, less any that may be ours: services quote what they were sent, and whole keys. `sent` is what a call carried of
 * buyers and sellers. A word of it is cut wherever it stands; other scripts than Latin are cut at the slightest likeness. One line, up
 * to 200 characters; empty if nothing is left to read.
 */
export function withoutOurs(words: string, sent: readonly string[], apiKey: string): string {
  const ours = decoded(sent.join(" ")).toLowerCase();
  const ourWords = new Set(ours.match(word) ?? []);
  const isOurs = (said: string): boolean => {
    const lower = said.toLowerCase();
    if (neutral.test(said)) return false;
    if (ourWords.has(lower) || looksLikeKey(said, apiKey)) return true;
    return /[^\p{ASCII}]/u.test(said) && sharesAPiece(lower, ours, ourWords);
  };
  const kept = decoded(words)
    .replaceAll(apiKey === "" ? "\0" : apiKey, cut)
    .replaceAll(word, (said) => (isOurs(said) ? cut : said))
    .replaceAll(/\s+/g, " ")
    .replaceAll(/…(?:[\s\p{P}\p{S}]*…)+/gu, cut)
    .trim();
  if (!/\p{L}{2}/u.test(kept)) return "";
  return kept.length > longest ? `${kept.slice(0, longest).toWellFormed()}…` : kept;
}

const cut = "…";
const word = /[\p{L}\p{N}_][\p{L}\p{N}\p{M}_-]*/gu;

/** Quoted JSON writes letters as \uXXXX. */
const decoded = (text: string): string =>
  text.replaceAll(/\\+u([0-9a-f]{4})/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));

/** Languages without spaces: a quoted word stands in the middle of another one, and a quoted sentence may be cut off. */
function sharesAPiece(said: string, ours: string, ourWords: ReadonlySet<string>): boolean {
  if (said.length >= 2 && ours.includes(said)) return true;
  for (const one of ourWords) if (one.length >= 3 && said.includes(one)) return true;
  return false;
}

/** Services mask keys in their own ways: a beginning or an end of it gives away enough. */
function looksLikeKey(said: string, apiKey: string): boolean {
  if (/^(?:sk|pk|rk|key)[-_]./i.test(said) || (said.length >= 20 && /\d/.test(said))) return true;
  return said.length >= 4 && (apiKey.startsWith(said) || apiKey.endsWith(said) || apiKey.includes(said));
}
