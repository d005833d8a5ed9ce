/**
 * A number for an interaction's id: its trailing digits, if any, so that neighbouring ids get neighbouring
 * numbers, plus a stable hash of the rest. Never negative.
 */
export function seedOf(interactionId: string): number {
  const digits = /\d{1,12}$/u.exec(interactionId)?.[0] ?? "";
  return Number(digits) + hash(interactionId.slice(0, interactionId.length - digits.length));
}

function pick(wordings: readonly string[], seed: number): string {
  return wordings[seed % wordings.length] ?? "";
}

/**
 * The wording for `seed`, or the next one that was not used before, wrapping around. The wording for `seed` if
 * all were used; "" if there are no wordings.
 */
export function pickUnspoken(
  wordings: readonly string[],
  seed: number,
  isSpoken: (wording: string) => boolean,
): string {
  const steps = wordings.findIndex((_, step) => !isSpoken(pick(wordings, seed + step)));
  return pick(wordings, seed + Math.max(steps, 0));
}

// FNV-1a, 24 bits: the sum with 12 digits stays an exact integer.
function hash(text: string): number {
  if (text === "") return 0;
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  }
  return (value >>> 8) & 0xffffff;
}
