import { asReadable } from "../../db/client/explain-error.ts";
import { PredraftError } from "../errors.ts";

/** Tells a person what went wrong and what to do, on stderr. The stack is shown with LOG_LEVEL=debug only. */
export function reportError(error: unknown, level: string | undefined = process.env["LOG_LEVEL"]): void {
  const readable = asReadable(error);
  const known = readable instanceof PredraftError;
  const message = known ? readable.message : `Unexpected: ${oneLine(error)}`;
  const hint = known ? readable.hint : "LOG_LEVEL=debug shows where; please report it with that output";
  process.stderr.write(`predraft: ${message}\n${hint === undefined ? "" : `  → ${hint}\n`}`);
  if (level === "debug" || level === "trace") process.stderr.write(`${stackOf(error)}\n`);
}

const oneLine = (error: unknown): string =>
  (error instanceof Error ? `${error.name}: ${error.message}` : String(error)).replaceAll(/\s*\n\s*/g, " ");

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return "";
  // The message goes before the stack in V8's text, and could quote a row.
  const lines = (error.stack ?? "").split("\n").filter((line) => line.startsWith("    at "));
  const { cause } = error;
  return [...lines, ...(cause === undefined ? [] : ["  because of", stackOf(cause)])].join("\n");
}
