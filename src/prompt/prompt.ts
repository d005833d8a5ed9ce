import { createHash } from "node:crypto";
import type { Channel, Tone } from "../domain/brief.ts";
import { type Instructions, instructionsOf } from "../guardrails/instructions.ts";
import type { Prompt } from "../llm/provider.ts";
import { type PromptTexts, readPromptTexts } from "./files.ts";
import { type RedactedBrief, redact } from "./redact.ts";
import { fenced, oneLine } from "./text.ts";
import { type ThreadBudget, viewOfThread } from "./thread.ts";
import { type CountTokens, cutToTokens, loadTokenCounter } from "./tokens.ts";

/** Makes prompts; one object a process. */
export interface PromptWriter {
  /**
   * The prompt for one interaction: first the rules that all sellers of a channel share (services' caches match prefixes), then
   * the seller's voice, the product, the thread, and last the buyer's words, fenced as data. At most about 7,000 tokens.
   */
  write(brief: RedactedBrief): Prompt;
  /** The parts of this prompt that no reply may repeat. Computed once for each voice, and kept for the last fifty. */
  instructionsIn(prompt: Prompt): Instructions;
  /** The version of each channel's prompt; it changes with every word of the prompt. */
  readonly versions: Readonly<Record<Channel, string>>;
}

const mostVoices = 50;

/** The most tokens for each part. */
const most = { text: 1_200, subject: 80, name: 80, facts: 500, rules: 800, signature: 60 };
const threadBudget: ThreadBudget = { whole: 3_000, first: 400, message: 400, last: 1_200 };

/** Reads the prompts' files and loads the tokenizer. Throws `prompt_unusable`. */
export const openPrompts = async (): Promise<PromptWriter> =>
  createPromptWriter(await readPromptTexts(), await loadTokenCounter());

/** Makes prompts from these texts. */
export function createPromptWriter(texts: PromptTexts, count: CountTokens): PromptWriter {
  const parts = (brief: RedactedBrief): Omit<Prompt, "version"> => ({
    system: systemOf(texts, brief, count),
    user: userOf(brief, count),
  });
  const versionOf = (channel: Channel): string => {
    const tones = Object.keys(texts.tones) as Tone[];
    const rendered = tones.map((tone) => parts(versionSample(channel, tone)));
    return createHash("sha256").update(JSON.stringify(rendered)).digest("hex").slice(0, 12);
  };
  const versions = { review: versionOf("review"), question: versionOf("question"), chat: versionOf("chat") };
  const voices = new Map<string, Instructions>();
  return {
    versions,
    write: (brief) => ({ version: versions[brief.channel], ...parts(brief) }),
    instructionsIn({ system }) {
      const known = voices.get(system) ?? instructionsOf(system);
      voices.delete(system); // inserted again at the end, so that the first one is the least recently used
      voices.set(system, known);
      const [oldest] = voices.keys();
      if (voices.size > mostVoices && oldest !== undefined) voices.delete(oldest);
      return known;
    },
  };
}

function systemOf(texts: PromptTexts, brief: RedactedBrief, count: CountTokens): string {
  const voice = [texts.tones[brief.tone]];
  if (brief.signature) {
    voice.push(
      `Подпись последней строкой text, слово в слово: ${cutToTokens(oneLine(brief.signature), most.signature, count)}`,
    );
  }
  if (brief.ownRules) {
    voice.push(
      `Правила продавца (действуют, где не спорят с правилами выше):\n${cutToTokens(brief.ownRules, most.rules, count)}`,
    );
  }
  return [texts.common, texts.channels[brief.channel], `# Голос продавца\n${voice.join("\n")}`].join("\n\n");
}

function userOf(brief: RedactedBrief, count: CountTokens): string {
  return [
    `Маркетплейс: ${oneLine(brief.marketplace) || "не указан"}`,
    `Товар: ${cutToTokens(oneLine(brief.product.name ?? ""), most.name, count) || "не указан"}`,
    `Данные о товаре: ${factsOf(brief, count) || "нет"}`,
    `Имя покупателя: ${brief.customerName ?? "не указано"}`,
    ...(brief.rating === null ? [] : [`Оценка: ${brief.rating} из 5`]),
    ...(brief.subject ? [`Тема: ${fenced(cutToTokens(oneLine(brief.subject), most.subject, count))}`] : []),
    ...(brief.channel === "chat" ? chatOf(brief, count) : [textOf(brief, "Текст покупателя", count)]),
  ].join("\n");
}

/** As many attributes as fit, in their order; none follows one that does not fit. */
function factsOf(brief: RedactedBrief, count: CountTokens): string {
  const facts: string[] = [];
  let left = most.facts;
  for (const [name, value] of Object.entries(brief.product.attributes)) {
    const fact = cutToTokens(oneLine(`${name}: ${value}`), Math.min(left, most.facts / 2), count);
    left -= count(fact) + 1;
    if (left < 0) break;
    facts.push(fact);
  }
  return facts.join("; ");
}

const textOf = (brief: RedactedBrief, title: string, count: CountTokens): string =>
  `${title}:\n${fenced(cutToTokens(brief.text, most.text, count) || "(без текста)")}`;

function chatOf(brief: RedactedBrief, count: CountTokens): string[] {
  if (brief.thread.length === 0) return [textOf(brief, "Сообщение покупателя", count)];
  const { first, omitted, latest } = viewOfThread(brief.thread, brief.gap, threadBudget, count);
  const line = ({ direction, text }: (typeof first)[number]): string =>
    `${direction === "in" ? "Покупатель" : "Продавец"}: ${fenced(text || "(без текста)")}`;
  const isSaid = brief.text === "" || brief.thread.some(({ text }) => text === brief.text);
  return [
    ...(isSaid ? [] : [textOf(brief, "С чего началось обращение", count)]),
    "Переписка, последнее сообщение внизу:",
    ...first.map(line),
    ...(omitted > 0 ? [`[… пропущено сообщений: ${omitted} …]`] : []),
    ...latest.map(line),
  ];
}

/** A brief with everything in it: its prompt is hashed, so that a changed label counts as a changed prompt. */
const versionSample = (channel: Channel, tone: Tone): RedactedBrief =>
  redact({
    interactionId: "1",
    sellerId: "1",
    marketplace: "wildberries",
    channel,
    rating: channel === "review" ? 2 : null,
    subject: "Тема",
    text: "Текст",
    thread:
      channel === "chat"
        ? [
            { direction: "in", text: "Первое", sentAt: new Date(0) },
            { direction: "out", text: "", sentAt: new Date(0) },
          ]
        : [],
    gap: channel === "chat" ? { after: 1, count: 3 } : null,
    customerName: "Анна",
    orderId: null,
    priority: "normal",
    cues: [],
    product: { name: "Товар", attributes: { Состав: "лён", Цвет: "белый" } },
    tone,
    signature: "Подпись",
    ownRules: "Правило",
  }).brief;
