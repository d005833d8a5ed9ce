import type { DraftBrief } from "../domain/brief.ts";
import { PredraftError } from "../errors.ts";
import type { Provider } from "../llm/provider.ts";
import { type Finding, ok, problem } from "./finding.ts";

/** A service that says nothing for so long is not waited for. */
const longestMs = 20_000;

/**
 * Asks a model's service its cheapest question, and says what came back: its list of models, which costs nothing; or one tiny call, if
 * it has no list, or one that does not prove the key or does not have the model.
 */
export async function askProvider(provider: Provider, timeoutMs: number): Promise<Finding> {
  const patienceMs = Math.min(timeoutMs, longestMs);
  const { name, model } = provider;
  try {
    const listed = (await provider.listModels?.(AbortSignal.timeout(patienceMs))) ?? null;
    if (listed === null) return await callProvider(provider, patienceMs, "asked");
    const has = listed.names.some((listedName) => namesOf(listedName).includes(plain(model)));
    if (has && listed.needsKey) return ok("asked", `${name} takes the key and lists ${model}`);
    const { level, what, ...rest } = await callProvider(provider, patienceMs, "asked");
    const unlisted = has ? "" : `; its list of ${listed.names.length} models does not have ${model}`;
    return { ...rest, level, what: `${what}${unlisted}` };
  } catch (error) {
    return asFinding(error, "asked", name);
  }
}

/** Gateways put a vendor before a model's name. */
const plain = (model: string): string => model.split("/").at(-1) ?? model;
/** A listed name stands for the one without its date, too. */
const namesOf = (listedName: string): string[] => [
  plain(listedName),
  plain(listedName).replace(/-(\d{8}|\d{4}-\d{2}-\d{2})$/, ""),
];

/** Makes one tiny call, a made-up question, and says what came back. */
export async function callProvider(provider: Provider, timeoutMs: number, check: string): Promise<Finding> {
  const started = performance.now();
  const prompt = {
    version: "doctor",
    system:
      'Answer with one JSON object: {"text": "ok", "intent": "other", "sentiment": "neutral", "sla_priority": "low", "recommendation_reason": "ok"}',
    user: "ok?",
  };
  try {
    await provider.generate({ brief: sample, prompt }, AbortSignal.timeout(timeoutMs));
    const seconds = ((performance.now() - started) / 1_000).toFixed(1);
    return ok(check, `${provider.name}, model ${provider.model}, answered a tiny call in ${seconds} s`);
  } catch (error) {
    return asFinding(error, check, provider.name);
  }
}

function asFinding(error: unknown, check: string, name: string): Finding {
  if (!(error instanceof PredraftError)) throw error;
  return problem(
    check,
    `${name}: ${error.message} (${error.code})`,
    error.hint ?? "try again; the provider's own status page may know",
  );
}

const sample: DraftBrief = {
  interactionId: "0",
  sellerId: "0",
  marketplace: "none",
  channel: "question",
  rating: null,
  subject: null,
  text: "ok?",
  thread: [],
  customerName: null,
  priority: "low",
  cues: [],
  product: { name: null, attributes: {} },
  tone: "neutral",
  signature: null,
  ownRules: null,
};
