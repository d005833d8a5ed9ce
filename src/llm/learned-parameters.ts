import type { Understood } from "./errors/service-error.ts";

type Parameters = Readonly<Record<string, unknown>>;

/** What a service has refused of our parameters, kept for as long as its provider: one refusal teaches all later calls. */
export interface LearnedParameters {
  /** The parameters as this service takes them. */
  apply(parameters: Parameters): Parameters;
  /** Learns from a refusal of a call that was made with `sent`. True: it makes sense to call again at once. */
  learn(refusal: Understood, sent: Parameters): boolean;
}

/** Parameters that a service may lack. Without them it answers less well, because the prompt alone asks for JSON. */
const optional = [
  "response_format",
  "output_config",
  "thinking",
  "reasoning_effort",
  "user_id",
  "temperature",
  "max_tokens",
  "max_completion_tokens",
] as const;

/** How services speak of a parameter, other than by its name. */
const aliases: Readonly<Partial<Record<string, RegExp>>> = {
  response_format: /\bresponse[ _]?format\b|\bjson[ _](mode|schema|object)\b|\bstructured outputs?\b/i,
  output_config: /\boutput[ _](config|format)\b|\bjson[ _]schema\b|\bstructured outputs?\b/i,
  thinking: /\bthinking\b/i,
};

/** Creates the memory of one provider and model. `required`: parameters that this service can't do without. */
export function createLearnedParameters(required: readonly string[] = []): LearnedParameters {
  let learned: Parameters = {};
  return {
    apply: (parameters) =>
      Object.fromEntries(
        Object.entries({ ...parameters, ...learned }).filter(([, value]) => value !== undefined),
      ),
    learn(refusal, sent) {
      if (refusal.status !== 400 && refusal.status !== 422) return false;
      const named = optional.filter(
        (name) => name in sent && !required.includes(name) && isNamed(name, refusal),
      );
      for (const name of named) learned = { ...learned, ...instead(name, sent[name], refusal.words) };
      return named.length > 0;
    },
  };
}

function isNamed(name: string, { param, words }: Understood): boolean {
  if (optional.some((known) => param === known || param.startsWith(`${known}.`)))
    return param === name || param.startsWith(`${name}.`);
  return (aliases[name] ?? new RegExp(`\\b${name}\\b`, "i")).test(words);
}

/** What is sent in place of a refused parameter; undefined: nothing. */
function instead(name: string, value: unknown, words: string): Parameters {
  if (name === "response_format" && (value as { type?: unknown })?.type === "json_schema")
    return { response_format: { type: "json_object" } };
  if (name === "max_tokens" && words.includes("max_completion_tokens"))
    return { max_tokens: undefined, max_completion_tokens: value };
  if (name === "max_completion_tokens" && words.includes("max_tokens"))
    return { max_completion_tokens: undefined, max_tokens: value };
  return { [name]: undefined };
}
