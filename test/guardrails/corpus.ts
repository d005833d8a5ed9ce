import { readFileSync } from "node:fs";
import { checkDraft } from "../../src/guardrails/check.ts";
import { noInstructions } from "../../src/guardrails/instructions.ts";
import type { Channel, Subject } from "../../src/guardrails/subject.ts";
import type { Code } from "../../src/guardrails/warning.ts";
import { firstNameOf } from "../../src/language/first-name.ts";

/** One labelled sentence and what it is judged against. */
export interface Sample {
  readonly text: string;
  /** Whether the file's rule is to find something in it. */
  readonly isFault: boolean;
  readonly subject: Subject;
}

/** A subject without anything in it but what a test is about. */
export function subjectWith(changes: Partial<Subject> = {}): Subject {
  return {
    channel: "question",
    marketplace: "wildberries",
    rating: null,
    buyerTexts: [],
    sellerTexts: [],
    customerName: null,
    firstName: null,
    productName: null,
    attributes: {},
    ownRules: null,
    signature: null,
    personal: [],
    instructions: noInstructions,
    ...changes,
  };
}

/** Reads a file of samples: "+" to be found, "-" not, "@" a new context of `channel [rating] | field: value | …`, "#" a remark. */
export function samplesOf(folder: "corpus" | "held-out", code: Code): readonly Sample[] {
  const lines = readFileSync(new URL(`${folder}/${code}.txt`, import.meta.url), "utf8").split("\n");
  const samples: Sample[] = [];
  let subject = subjectWith();
  for (const line of lines) {
    if (line.startsWith("@")) subject = contextOf(line.slice(1));
    else if (/^[+-] /u.test(line)) {
      samples.push({ text: repeated(line.slice(2)), isFault: line.startsWith("+"), subject });
    } else if (line !== "" && !line.startsWith("#")) throw new Error(`${code}: not a sample: ${line}`);
  }
  return samples;
}

/** Whether a rule finds anything in a sample. */
export function isFound(code: Code, { text, subject }: Sample): boolean {
  return checkDraft(text, subject).some((warning) => warning.code === code);
}

function repeated(text: string): string {
  const [, times, sentence] = /^(\d+)× (.*)$/u.exec(text) ?? [];
  return sentence === undefined ? text : Array(Number(times)).fill(sentence).join(" ");
}

function contextOf(line: string): Subject {
  const [head = "", ...parts] = line.split(" | ");
  const [channel, rating] = head.trim().split(" ");
  const fields = new Map(parts.map((part) => part.trim().split(/: (.*)/su, 2) as [string, string]));
  const customerName = fields.get("name") ?? null;
  const facts = (fields.get("fact") ?? "").split("; ").filter((fact) => fact !== "");
  return subjectWith({
    channel: channel as Channel,
    rating: rating === undefined ? null : Number(rating),
    marketplace: fields.get("market") ?? "wildberries",
    buyerTexts: fields.has("buyer") ? [fields.get("buyer") as string] : [],
    sellerTexts: fields.has("seller") ? [fields.get("seller") as string] : [],
    customerName,
    firstName: firstNameOf(customerName),
    productName: fields.get("product") ?? null,
    attributes: Object.fromEntries(facts.map((fact) => fact.split("=", 2) as [string, string])),
    ownRules: fields.get("rules") ?? null,
    signature: fields.get("signature") ?? null,
    personal: fields.get("personal")?.split("; ") ?? [],
  });
}
