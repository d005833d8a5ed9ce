import { type DraftAnswer, draftAnswer } from "../../domain/answer.ts";
import { objectsIn } from "./objects-in.ts";
import { withMeaning } from "./values.ts";

/** An answer that can be used, or what is wrong with it. */
export type Reading =
  | { readonly usable: true; readonly answer: DraftAnswer }
  | { readonly usable: false; readonly problem: string };

const thoughtTag = "think(?:ing)?|thoughts?|reason(?:ing)?|reflection|analysis|scratchpad";
const thoughtsEnd = new RegExp(`^[\\s\\S]*</(?:${thoughtTag})>`, "i");
const onlyThoughts = new RegExp(`^\\s*<(?:${thoughtTag})>`, "i");

/**
 * Reads what a model sent. Whatever stands around the object (thoughts, prose, Markdown's fence), the last complete object that fits
 * counts. A problem names fields and rules, never what stood in them.
 */
export function parseAnswer(content: string): Reading {
  const said = content.replace(/^\uFEFF/, "").replace(thoughtsEnd, "");
  if (said.trim() === "") return unusable("it is empty");
  // Thoughts that don't end: what is drafted in them isn't the answer.
  const objects = onlyThoughts.test(said) ? [] : objectsIn(said);
  let problem = "it is not JSON";
  for (const object of objects.toReversed()) {
    const parsed = draftAnswer.safeParse(withMeaning(object));
    if (parsed.success) return { usable: true, answer: parsed.data };
    const fields = parsed.error.issues.map((issue) => issue.path.join(".") || "the whole");
    if (problem === "it is not JSON") problem = `not as asked for: ${[...new Set(fields)].join(", ")}`;
  }
  return unusable(problem);
}

const unusable = (problem: string): Reading => ({ usable: false, problem });
