import type { Sql } from "../../db/client/connect.ts";
import { PredraftError } from "../errors.ts";
import { findPersonal } from "../privacy/find.ts";

const longestSignature = 200;
const longestRules = 2_500;

const invalid = (message: string, hint: string): PredraftError =>
  new PredraftError(message, { code: "seller_setting_invalid", hint });

/** A seller's id in this host's type, a whole number or a UUID. Throws `id_invalid`. */
export async function sellerKey(sql: Sql, text: string): Promise<string> {
  const [row] = await sql<{ type: string }[]>`
    select format_type(a.atttypid, null) as type from pg_attribute a
    where a.attrelid = 'predraft.seller_settings'::regclass and a.attname = 'seller_id'`;
  const isUuid = row?.type === "uuid";
  const fits = isUuid
    ? /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)
    : /^[0-9]{1,19}$/.test(text) && BigInt(text) < 2n ** 63n;
  if (fits) return text;
  throw new PredraftError("That is no seller's id", {
    code: "id_invalid",
    hint: `Give it as the host has it, ${isUuid ? "a UUID" : "a whole number"}: seller show ${isUuid ? "7b0c…-…" : "17"}`,
  });
}

/** A time zone by PostgreSQL's name, in any case of letters. If there is none, throws with the nearest names. */
export async function timeZoneName(sql: Sql, typed: string): Promise<string> {
  const rows = await sql<{ name: string }[]>`
    select name from pg_catalog.pg_timezone_names where name !~ '^(posix|right)/|^posixrules$|^localtime$'`;
  const names = rows.map(({ name }) => name);
  const known =
    names.find((name) => name === typed) ?? names.find((name) => name.toLowerCase() === typed.toLowerCase());
  if (known !== undefined) return known;
  const near = nearestNames(typed, names);
  throw invalid(
    "PostgreSQL knows no such time zone",
    near.length > 0
      ? `Did you mean ${near.join(" or ")}?`
      : "Give a name such as Europe/Moscow or Asia/Yekaterinburg; select name from pg_timezone_names lists them.",
  );
}

const link =
  /https?:|www\.|t\.me|@[\p{L}\p{N}_]{3,}|(?<![\p{L}\p{N}])[\p{L}\p{N}-]+\.(?:ru|com|рф|net|org|shop|store)(?![\p{L}\p{N}])/iu;

/** A signature of one line, without what marketplaces forbid in replies; empty means no signature. */
export function signatureText(text: string): string {
  const signature = text.replaceAll(/\s+/g, " ").trim();
  if (signature.length > longestSignature) {
    throw invalid(
      `The signature has ${signature.length} characters`,
      `At most ${longestSignature}: it is part of every reply, which should stay under 500.`,
    );
  }
  if (link.test(signature) || findPersonal(signature).length > 0) {
    throw invalid(
      "The signature holds a phone, an address or a link",
      "Marketplaces forbid contacts in replies; a name alone is enough.",
    );
  }
  return signature;
}

/** A seller's own rules, on any number of lines; empty means no rules. */
export function ownRulesText(text: string): string {
  const rules = text.replaceAll("\r\n", "\n").trim();
  if (rules.includes("\0") || !rules.isWellFormed()) {
    throw invalid(
      "The rules hold a character that cannot be stored",
      "Save them as a plain UTF-8 text file.",
    );
  }
  if (rules.length > longestRules) {
    throw invalid(
      `The rules have ${rules.length} characters`,
      `At most ${longestRules}: they are sent with every call. Facts about products belong into the catalogue.`,
    );
  }
  return rules;
}

/** How many letters must be changed, added or removed to turn one word into the other. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, n) => n);
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1];
    for (const [j, other] of [...b].entries()) {
      const swapped = (row[j] as number) + (letter === other ? 0 : 1);
      next.push(Math.min(swapped, (row[j + 1] as number) + 1, (next[j] as number) + 1));
    }
    row = next;
  }
  return row.at(-1) as number;
}

/** The names nearest to what was typed, best first, at most three; empty if none is near. The case of letters does not count. */
function nearestNames(typed: string, names: readonly string[]): readonly string[] {
  const wanted = typed.toLowerCase().replaceAll(" ", "_");
  const near = names
    .map((name) => {
      const whole = name.toLowerCase();
      const city = whole.slice(whole.lastIndexOf("/") + 1);
      return { name, far: Math.min(distance(wanted, whole), distance(wanted, city)) };
    })
    .filter(({ far }) => far <= Math.max(1, Math.floor(wanted.length / 4)))
    .toSorted((a, b) => a.far - b.far || a.name.length - b.name.length || (a.name < b.name ? -1 : 1));
  const best = near[0]?.far ?? 0;
  return near
    .filter(({ far }) => far === best)
    .slice(0, 3)
    .map(({ name }) => name);
}
