import { intents } from "../../domain/answer.ts";

type Fields = Readonly<Record<string, unknown>>;

const sentiments: Readonly<Record<string, readonly string[]>> = {
  positive: ["pos", "good", "happy", "позитивный", "положительный", "позитив"],
  neutral: ["mixed", "none", "нейтральный", "смешанный"],
  negative: ["neg", "bad", "angry", "негативный", "отрицательный", "негатив"],
};
const priorities: Readonly<Record<string, readonly string[]>> = {
  urgent: ["critical", "highest", "immediate", "emergency", "p0", "срочный", "критический", "срочно"],
  high: ["important", "elevated", "p1", "высокий"],
  normal: ["medium", "standard", "default", "regular", "moderate", "p2", "обычный", "средний", "нормальный"],
  low: ["lowest", "minor", "p3", "низкий"],
};
const intentNames = Object.fromEntries(intents.map((name) => [name, [] as string[]]));

/** An answer whose values are those that were asked for, where they mean the same. What means none of them stays as it is. */
export function withMeaning(fields: Fields): Fields {
  return {
    ...fields,
    intent: meant(fields["intent"], intentNames),
    sentiment: meant(fields["sentiment"], sentiments),
    sla_priority: meant(fields["sla_priority"], priorities),
    needs_escalation: asFlag(fields["needs_escalation"]),
  };
}

/** Case, punctuation and spaces are no difference, and neither are the endings of Russian adjectives. */
function meant(value: unknown, names: Readonly<Record<string, readonly string[]>>): unknown {
  if (typeof value !== "string") return value;
  const said = folded(value);
  const known = Object.entries(names).find(
    ([name, others]) => name === said || others.some((other) => stem(other) === stem(said)),
  );
  return known?.[0] ?? value;
}

const folded = (value: string): string =>
  value
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, "_")
    .replaceAll(/^_+|_+$/g, "");
const stem = (word: string): string => word.replace(/(ый|ий|ая|яя|ое|ее)$/u, "");

function asFlag(value: unknown): unknown {
  if (value === 1 || value === 0) return value === 1;
  if (typeof value !== "string") return value;
  const said = folded(value);
  if (["true", "yes", "да", "1"].includes(said)) return true;
  return ["false", "no", "нет", "0", "none", "null", ""].includes(said) ? false : value;
}
