import { z } from "zod";

const BIGINT_MAX = 9_223_372_036_854_775_807n;
const RELATIVE_TIME = /^-(\d{1,5})([mhd])$/;
const MILLISECONDS = { m: 60_000, h: 3_600_000, d: 86_400_000 };
const MAX_DEPTH = 50;

/** Words a field's refusal: that the field is missing, or what it must be. Never repeats the value. */
export const must = (be: string) => ({
  error: (issue: { input?: unknown }) => (issue.input === undefined ? "is missing" : `must be ${be}`),
});

function isStorable(value: string): boolean {
  return value.isWellFormed() && !value.includes("\0");
}

/** Text that Postgres can store: no NUL character, no half of a surrogate pair. */
export const text = () =>
  z.string(must("text")).refine(isStorable, {
    error: "holds a NUL character or half of a surrogate pair, which cannot be stored: take it out",
  });

/** Text that names something: not empty, short enough for an index. */
export const name = (most: number) =>
  text()
    .min(1, { error: "must not be empty" })
    .max(most, { error: `must have at most ${most} characters` });

/** A bigint, written as a whole number or, over 2^53, as digits in quotes. The result is digits. */
export const id = () =>
  z
    .custom<number | string>(
      isWholeNumber,
      must("a whole number; one over 9007199254740991 is written in quotes"),
    )
    .transform((value) => BigInt(value))
    .refine((value) => value <= BIGINT_MAX && value >= -BIGINT_MAX - 1n, {
      error: `must be at most ${BIGINT_MAX} either side of zero`,
    })
    .transform(String);

function isWholeNumber(value: unknown): boolean {
  return typeof value === "string" ? /^-?\d{1,20}$/.test(value) : Number.isSafeInteger(value);
}

/** A wrong clock or time zone can explain a moment this far ahead. A later one is a mistake, and would stay the newest for good. */
const AHEAD_MS = 24 * 3_600_000;

/**
 * A moment: ISO 8601 with its time zone, or relative to the start of the ingest ("-15m", "-3h", "-2d"); at most a day ahead of the start.
 * The result is ISO 8601.
 */
export const moment = (startedAt: Date) =>
  z
    .string(must("text"))
    .refine((value) => RELATIVE_TIME.test(value) || isIsoTime(value), {
      error: 'must be a time with its zone, such as "2026-11-20T10:00:00+03:00", or "-3h", "-2d", "-15m"',
      abort: true,
    })
    .refine((value) => !(Date.parse(value) > startedAt.getTime() + AHEAD_MS), {
      error: "is in the future: it must be a time that has passed",
    })
    .transform((value) => {
      const [, amount, unit] = RELATIVE_TIME.exec(value) ?? [];
      if (unit === undefined) return value;
      return new Date(
        startedAt.getTime() - Number(amount) * MILLISECONDS[unit as keyof typeof MILLISECONDS],
      ).toISOString();
    });

const isoTime = z.iso.datetime({ offset: true });

// Postgres has no year 0.
function isIsoTime(value: string): boolean {
  return !value.startsWith("0000") && isoTime.safeParse(value).success;
}

/** An IANA time zone. Offsets are refused: Postgres reads the sign of "+03:00" the other way round. */
export const timeZone = () =>
  z.string(must("text")).refine(isTimeZone, { error: 'must be a time zone such as "Europe/Moscow"' });

function isTimeZone(value: string): boolean {
  if (!/^[A-Za-z]/.test(value)) return false;
  try {
    new Intl.DateTimeFormat("en", { timeZone: value });
    return true;
  } catch {
    return false;
  }
}

/** A JSON object that Postgres can store as jsonb, unchanged. */
export const document = () =>
  z
    .custom<Record<string, unknown>>(isObject, must("a JSON object"))
    .refine((value) => isStorableDocument(value, 0), {
      error: `holds a NUL character or half of a surrogate pair, or is nested deeper than ${MAX_DEPTH} levels`,
    });

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isStorableDocument(value: unknown, depth: number): boolean {
  if (typeof value === "string") return isStorable(value);
  if (typeof value !== "object" || value === null) return true;
  if (depth === MAX_DEPTH) return false;
  return Object.entries(value).every(
    ([key, inner]) => isStorable(key) && isStorableDocument(inner, depth + 1),
  );
}
