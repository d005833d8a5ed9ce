import type { Channel } from "./subject.ts";

type Level = "error" | "warning";

/** By code: in public (reviews and questions), and in a chat; null: not looked for there. */
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

/** What a guardrail can find; docs/guardrails.md has the table. */
export type Code = keyof typeof severities;

/** How much a finding weighs: an error is to be mended before a draft is sent, a warning is to be looked at. */
export type Severity = Level;

/** One finding on a draft, as it is kept beside it. */
export type Warning = {
  readonly code: Code;
  /** The code again, for older readers. */
  readonly type: Code;
  readonly severity: Severity;
  /** For the operator, in Russian. */
  readonly message: string;
  /** `draft.slice(start, end)`. */
  readonly phrase: string;
  /** UTF-16 units of the draft as it was given. */
  readonly start: number;
  readonly end: number;
};

/** How much a code weighs in a channel; null where it is not looked for. */
export function severityOf(code: Code, channel: Channel): Severity | null {
  return severities[code][channel === "chat" ? 1 : 0];
}
