/** How the model server treats a call. */
export type Fate =
  | "good"
  | "slow"
  | "broken"
  | "throttled"
  | "reset"
  | "torn"
  | "hanging"
  | "garbage"
  | "empty"
  | "prose"
  | "declined"
  | "rejected"
  | "page"
  | "told";

/** One call as the model server saw it. Times are those of `Date.now()`. */
export interface Call {
  readonly n: number;
  /** Which worker process called: the key that only it was given. */
  readonly caller: string;
  readonly marker: string | undefined;
  /** Whether it is predraft's test question, about no interaction: asked if contents fail one after the other. */
  readonly test: boolean;
  /** Whether it asks to mend an answer that was not usable. */
  readonly repair: boolean;
  readonly fate: Fate;
  readonly arrivedAt: number;
  /** How many calls were open then, this one included; and how many of the same caller. */
  open: number;
  openOfCaller: number;
  /**
   * `billed`: 200, and the whole answer went out. `refused`: another status. `reset`: by us. `cut_off`: the caller hung up, or died.
   * `open`: under way when the journal was read.
   */
  end: "open" | "billed" | "refused" | "reset" | "cut_off";
  endedAt: number;
  /** When its connection was closed, if that followed: a caller that hung up while the answer was on its way. */
  closedAt: number;
}

/** Whether a call was paid for, with an answer that can be used. */
export const isPaid = (call: Call): boolean => call.end === "billed" && isUsable(call.fate);

/** Whether the answer of this fate is a draft. */
const isUsable = (fate: Fate): boolean => ["good", "slow", "prose"].includes(fate);

/** What the suite tells the server to do, and what it answers. */
export type Order = { readonly order: "heal" } | { readonly order: "journal" };
export type Answer =
  | { readonly answer: "listening"; readonly port: number }
  | { readonly answer: "healed" }
  | { readonly answer: "journal"; readonly calls: readonly Call[] };
