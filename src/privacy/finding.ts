import type { Plain } from "./plain.ts";

/** The kinds of personal data. An order's code counts, because it leads to the name and the address. */
export type PersonalKind =
  | "phone"
  | "email"
  | "card"
  | "inn"
  | "passport"
  | "address"
  | "order_code"
  | "surname";

/** One personal value in a text. */
export interface Finding {
  readonly kind: PersonalKind;
  /** UTF-16 offsets in the text, the end excluded. */
  readonly start: number;
  readonly end: number;
  /** Equal for all spellings of one value: a phone's digits, a lower-case address. */
  readonly key: string;
}

/** What is known about the buyer beforehand, so that it is found in any spelling. */
export interface KnownPerson {
  /** Surname and patronymic; not the first name, which may be sent. */
  readonly surnames: readonly string[];
  readonly orderCode: string | null;
}

/** Finds one kind in a plain text; offsets are those of the plain text. */
export type Rule = (plain: Plain, known: KnownPerson) => readonly Finding[];
