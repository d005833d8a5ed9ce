import type { Channel } from "./subject.ts";

type Level = "error" | "warning";

/** By code: the severity in public (reviews and questions) and in a chat; null if the code is not looked for there. */
const severities = {
  ai_mention: ["error", "error"],
  promise: ["error", "warning"],
  false_action: ["error", "error"],
  marketplace_authority: ["error", "error"],
  blame: ["error", "error"],
  rude: ["error", "error"],
  dismissive: ["error", "warning"],
  third_party_blame: ["error", "warning"],
  legal_admission: ["error", "warning"],
  health_claim: ["error", "error"],
  review_manipulation: ["error", "error"],
  incentive: ["error", "warning"],
  contact_or_link: ["error", "error"],
  personal_data: ["error", "error"],
  wrong_name: ["error", "error"],
  wrong_marketplace: ["error", "error"],
  sentiment_mismatch: ["error", "error"],
  language: ["error", "error"],
  prompt_leak: ["error", "error"],
  return_unasked: ["error", "warning"],
  unsupported_claim: ["error", "warning"],
  asks_buyer: ["warning", null],
  jargon: ["warning", "warning"],
  length: ["warning", "warning"],
} as const satisfies Record<string, readonly [Level, Level | null]>;

/** The codes of the guardrails; docs/guardrails.md has the table. */
export type Code = keyof typeof severities;

/** An error must be corrected before a draft is sent; a warning asks for a look. */
export type Severity = Level;

/** One finding on a draft, as it is stored with the draft. */
export type Warning = {
  readonly code: Code;
  /** The code again, for older clients. */
  readonly type: Code;
  readonly severity: Severity;
  /** For the operator, in Russian. */
  readonly message: string;
  /** `draft.slice(start, end)`. */
  readonly phrase: string;
  /** UTF-16 offsets in the original draft. */
  readonly start: number;
  readonly end: number;
};

/** A code's severity in a channel; null if the code is not looked for there. */
export function severityOf(code: Code, channel: Channel): Severity | null {
  return severities[code][channel === "chat" ? 1 : 0];
}
