import type { Finding, Rule } from "../finding.ts";

const at = String.raw`(?:@|[([]\s*(?:at|эт|собака|собачка)\s*[)\]])`;
const dot = String.raw`(?:\.|\s?[([]\s*(?:dot|точка)\s*[)\]]\s?)`;
const usual = new RegExp(
  String.raw`(?<![\p{L}\p{N}._%+-])[\p{L}\p{N}._%+-]+\s{0,2}${at}\s{0,2}[\p{L}\p{N}-]+(?:${dot}[\p{L}\p{N}-]+)*${dot}\p{L}{2,12}`,
  "giu",
);
// "собака" is an animal more often than a sign, so only names of mail services count here.
const spoken =
  /(?<![\p{L}\p{N}._%+-])[\p{L}\p{N}._%+-]{2,64}\s(?:собака|собачка|эт)\s(?:mail|gmail|yandex|ya|bk|inbox|list|rambler|icloud|outlook|мейл|маил|майл|яндекс|джимейл|гмейл|рамблер)\s?(?:\.|точка)\s?(?:ru|com|net|ру|ком)(?!\p{L})/giu;

/** Finds e-mail addresses, also with spaces around the sign, and spelled out: «ivan собака mail точка ру». */
export const email: Rule = ({ text }) => [...text.matchAll(usual), ...text.matchAll(spoken)].map(asFinding);

const asFinding = (match: RegExpExecArray): Finding => ({
  kind: "email",
  start: match.index,
  end: match.index + match[0].length,
  key: match[0].toLowerCase().replaceAll(/\s/g, ""),
});
