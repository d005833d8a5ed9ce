import type { Dice } from "./random.ts";

/** An interaction that a lane writes: what it last said, and what it said before. */
export interface Known {
  readonly k: number;
  version: number;
  newest: number;
  closed: boolean;
}

/** The interactions of one lane. No other lane writes them, so that hosts' statements never wait for each other in a ring. */
export class Lane {
  readonly draw: Dice;
  readonly #all: Known[] = [];
  readonly #fresh: number[];

  /** `fresh`: numbers of the interactions that are still to be ingested. */
  constructor(draw: Dice, fresh: number[]) {
    this.draw = draw;
    this.#fresh = fresh;
  }

  get left(): number {
    return this.#fresh.length;
  }

  get size(): number {
    return this.#all.length;
  }

  /** Takes up to so many new ones. */
  take(count: number): Known[] {
    return this.#fresh.splice(0, count).map((k) => ({ k, version: 0, newest: 0, closed: false }));
  }

  adopt(known: readonly Known[]): void {
    this.#all.push(...known);
  }

  drop(known: readonly Known[]): void {
    for (const one of known) this.#all.splice(this.#all.indexOf(one), 1);
  }

  /** Up to so many different ones, the younger the likelier: they are the ones being worked on. */
  some(most: number, fits: (known: Known) => boolean = () => true): Known[] {
    const found = new Set<Known>();
    for (let n = this.draw.between(1, most); n > 0 && this.#all.length > 0; n -= 1) {
      const recent = Math.min(this.#all.length, 60);
      const at = this.draw.chance(0.7)
        ? this.#all.length - 1 - this.draw.below(recent)
        : this.draw.below(this.#all.length);
      const one = this.#all[at] as Known;
      if (fits(one)) found.add(one);
    }
    return [...found];
  }
}
