import { type DraftAnswer, draftAnswer } from "../domain/answer.ts";

/** An answer that can be used, or what is wrong with it. */
export type Reading =
  | { readonly usable: true; readonly answer: DraftAnswer }
  | { readonly usable: false; readonly problem: string };

/** What models put around the object they were asked for: their thinking, and Markdown's fence. */
const wrapping = /^\s*(?:<think>[\s\S]*?<\/think>)?\s*```(?:json)?|^\s*<think>[\s\S]*?<\/think>|```\s*$/g;

/** Reads what a model sent. A problem names fields and rules, never what stood in them. */
export function parseAnswer(content: string): Reading {
  if (content.trim() === "") return unusable("it is empty");
  let json: unknown;
  try {
    json = JSON.parse(content.replace(wrapping, ""));
  } catch {
    return unusable("it is not JSON");
  }
  const parsed = draftAnswer.safeParse(json);
  if (parsed.success) return { usable: true, answer: parsed.data };
  const fields = parsed.error.issues.map((issue) => issue.path.join(".") || "the whole");
  return unusable(`not as asked for: ${[...new Set(fields)].join(", ")}`);
}

const unusable = (problem: string): Reading => ({ usable: false, problem });
