import { readFile } from "node:fs/promises";
import type { Channel, Tone } from "../domain/brief.ts";
import { PredraftError } from "../errors.ts";

/** The texts of prompts, from the files in src/prompt/prompts. */
export interface PromptTexts {
  /** Rules for every channel; each prompt begins with them. */
  readonly common: string;
  readonly channels: Readonly<Record<Channel, string>>;
  readonly tones: Readonly<Record<Tone, string>>;
}

const home = new URL("./prompts/", import.meta.url);

/**
 * Reads the prompt files without their `<!-- -->` comments, which are for editors. Throws `prompt_unusable` with the file's name if
 * a file is missing, empty, or lacks a tone.
 */
export async function readPromptTexts(directory: URL = home): Promise<PromptTexts> {
  const [common, review, question, chat, tones] = await Promise.all(
    ["common.md", "review.md", "question.md", "chat.md", "tones.md"].map((name) => read(directory, name)),
  );
  return {
    common: common as string,
    channels: { review: review as string, question: question as string, chat: chat as string },
    tones: {
      formal: section(tones as string, "formal"),
      neutral: section(tones as string, "neutral"),
      friendly: section(tones as string, "friendly"),
    },
  };
}

async function read(directory: URL, name: string): Promise<string> {
  let raw: string;
  try {
    raw = await readFile(new URL(name, directory), "utf8");
  } catch (cause) {
    throw unusable(`The prompt's file ${name} cannot be read`, cause);
  }
  const text = raw
    .replaceAll(/<!--[\s\S]*?-->/g, "")
    .replaceAll("\r\n", "\n")
    .replaceAll(/\n{3,}/g, "\n\n")
    .trim();
  if (text === "") throw unusable(`The prompt's file ${name} is empty`);
  return text;
}

/** The lines under `# name`. */
function section(text: string, name: Tone): string {
  const body = new RegExp(`^# ${name}[ \\t]*\\n([\\s\\S]*?)(?=^# |$(?![\\s\\S]))`, "mu")
    .exec(text)?.[1]
    ?.trim();
  if (!body) throw unusable(`The prompt's file tones.md says nothing under "# ${name}"`);
  return body;
}

const unusable = (message: string, cause?: unknown): PredraftError =>
  new PredraftError(message, {
    code: "prompt_unusable",
    hint: "Restore it from the repository (git checkout src/prompt/prompts); docs/prompts.md says how to change it.",
    ...(cause === undefined ? {} : { cause }),
  });
