import type { DraftBrief } from "../domain/brief.ts";
import { namesMatch, wordsOf } from "./word-match.ts";

/** One catalogue attribute that answers a question. */
export interface Fact {
  readonly name: string;
  readonly value: string;
}

const maxFacts = 3;
const maxName = 60;
const maxValue = 160;
const unfit = /[{}<>[\]|\\?\p{C}]|https?:|www\.|@/u;
// "Какой вес у товара" asks for the product's weight; "на вес 60 кг" tells the buyer's own.
const asksWeight =
  /(?:сколько|каков|какой)\s+(?:[\p{L}]+\s+){0,2}?(?<!(?:на|при|до|с)\s+)вес(?:а|ят|ит)?(?!\p{L})/iu;
const boxSize = /^(?:размер|габарит).*упаков/iu;
const latin = /\p{Script=Latin}/u;

/** Attributes of the product that clearly answer a buyer's question, best first, at most three; often none. */
export function factsFor(brief: DraftBrief): readonly Fact[] {
  if (brief.channel !== "question") return [];
  const text = brief.text.slice(0, 2000);
  const asked = wordsOf(text);
  const facts = attributesOf(brief).filter(({ name }) => !isWeight(name) || asksWeight.test(text));
  // A box's size does not answer «какой размер».
  const unboxed = facts.filter(({ name }) => !boxSize.test(name));
  for (const how of ["whole", "head", "synonym"] as const) {
    const found = (how === "whole" ? facts : unboxed).filter(({ name }) => namesMatch(name, asked, how));
    if (found.length > 0) return found.slice(0, maxFacts);
  }
  const givesSize = brief.cues.includes("size") && /\d/u.test(text) && !latin.test(text);
  return givesSize
    ? unboxed.filter(({ name }) => namesMatch(name, ["размер"], "head")).slice(0, maxFacts)
    : [];
}

/** «состав — хлопок 95%; вес — 300 г», to stand inside a sentence. */
export function renderFacts(facts: readonly Fact[]): string {
  return facts.map(({ name, value }) => `${uncapital(name)} — ${value}`).join("; ");
}

function attributesOf(brief: DraftBrief): Fact[] {
  const entries = Object.entries(brief.product.attributes ?? {}).slice(0, 200);
  return entries.flatMap(([rawName, rawValue]) => {
    const name = tidy(rawName);
    const value = typeof rawValue === "string" || typeof rawValue === "number" ? tidy(String(rawValue)) : "";
    const fits = isUsable(name, maxName) && isUsable(value, maxValue);
    return fits ? [{ name, value }] : [];
  });
}

function isUsable(text: string, max: number): boolean {
  return text.length <= max && /[\p{L}\p{N}]/u.test(text) && !unfit.test(text);
}

function tidy(text: string): string {
  return text
    .replace(/\s+/gu, " ")
    .trim()
    .replace(/[.,;:!]+$/u, "");
}

function isWeight(name: string): boolean {
  return /^вес(?!\p{L})/iu.test(name);
}

function uncapital(name: string): string {
  const isAcronym = /^.\p{Lu}/u.test(name) || latin.test(name.charAt(0));
  return isAcronym ? name : name.charAt(0).toLowerCase() + name.slice(1);
}
