import type { Plain } from "./plain.ts";

/** What counts as personal, by kind. An order's code is a buyer's as well: it leads to the name and the address. */
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
  /** Where it stands in the text: UTF-16 offsets, the end excluded. */
  readonly start: number;
  readonly end: number;
  /** The same for every spelling of one value: a phone's digits, a lower-case address. */
  readonly key: string;
}

/** What is known of the buyer beforehand, so that it is found however it is written. */
export interface KnownPerson {
  /** Surname and patronymic; the first name isn't among them, it may be sent. */
  readonly surnames: readonly string[];
  readonly orderCode: string | null;
}

/** Finds one kind in a plain text; offsets are the plain text's. */
export type Rule = (plain: Plain, known: KnownPerson) => readonly Finding[];
