/** Draws that depend on nothing but the seed and the name. */
export interface Dice {
  /** A whole number from 0 to below `limit`. */
  below(limit: number): number;
  /** A whole number of both bounds or between them. */
  between(low: number, high: number): number;
  chance(share: number): boolean;
  one<T>(from: readonly T[]): T;
  /** Draws a name by its weight. */
  weighted<K extends string>(weights: Readonly<Record<K, number>>): K;
}

/** Dice of their own for each name: who draws more often than before changes nobody else's draws. */
export function dice(seed: number, name: string): Dice {
  const random = mulberry32(hashOf(`${seed}/${name}`));
  const below = (limit: number): number => Math.floor(random() * limit);
  return {
    below,
    between: (low, high) => low + below(high - low + 1),
    chance: (share) => random() < share,
    one: <T>(from: readonly T[]) => from[below(from.length)] as T,
    weighted<K extends string>(weights: Readonly<Record<K, number>>): K {
      const entries = Object.entries(weights) as [K, number][];
      let rest = random() * entries.reduce((sum, [, weight]) => sum + weight, 0);
      for (const [name, weight] of entries) {
        rest -= weight;
        if (rest < 0) return name;
      }
      return (entries.at(-1) as [K, number])[0];
    },
  };
}

/** mulberry32: 32 bits of state, good enough to mix things up. */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** FNV-1a. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (const character of text) hash = Math.imul(hash ^ (character.codePointAt(0) as number), 0x01000193);
  return hash;
}
