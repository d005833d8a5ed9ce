import type { Rule } from "../rule.ts";

/** What people still like to read, in UTF-16 units. */
const longest = 500;
/** The most that the marketplace accepts. */
const hardest = { review: 5000, question: 5000, chat: 1000 } as const;

export const length: Rule = {
  code: "length",
  message: "Ответ слишком длинный: лучше уложиться в 500 знаков.",
  find: ({ draft, subject }) => {
    const { original } = draft.normalized;
    const limit = hardest[subject.channel];
    const [from, weight] =
      original.length > limit ? [limit, "error" as const] : [longest, "warning" as const];
    // A cut never splits a character.
    const start = original.slice(0, from).isWellFormed() ? from : from - 1;
    return original.length > from ? [{ start, end: original.length, weight }] : [];
  },
};
