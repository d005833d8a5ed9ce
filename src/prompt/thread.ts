import type { ThreadMessage } from "../domain/brief.ts";
import { type CountTokens, cutToTokens } from "./tokens.ts";

/** Messages left out of a thread: `count` of them, after the first `after` ones. */
export interface Gap {
  readonly after: number;
  readonly count: number;
}

/** The part of a thread that a prompt shows: the first messages, how many are omitted, and the latest. */
export interface ThreadView {
  readonly first: readonly ThreadMessage[];
  readonly omitted: number;
  readonly latest: readonly ThreadMessage[];
}

/** The most tokens for a thread: for all of it, its beginning, any one message, and the message to answer. */
export interface ThreadBudget {
  readonly whole: number;
  readonly first: number;
  readonly message: number;
  readonly last: number;
}

/** A line's cost besides its words: the sender and the marks. */
const lineCost = 8;

/**
 * Keeps the first and the latest messages within the budget, with no gap among the latest. Counts the tokens of the kept messages and
 * of one more at most.
 */
export function viewOfThread(
  thread: readonly ThreadMessage[],
  gap: Gap | null,
  budget: ThreadBudget,
  count: CountTokens,
): ThreadView {
  const latest: ThreadMessage[] = [];
  const opening = gap === null ? Math.min(1, thread.length) : gap.after;
  let left = budget.whole;
  let next = thread.length - 1;
  for (; next >= opening; next -= 1) {
    const message = cut(
      thread[next] as ThreadMessage,
      next === thread.length - 1 ? budget.last : budget.message,
      count,
    );
    left -= count(message.text) + lineCost;
    if (left < budget.first && latest.length > 0) break;
    latest.unshift(message);
  }
  const first = beginning(thread.slice(0, opening), latest.length === 0 ? budget.last : budget.first, count);
  const omitted = thread.length - first.length - latest.length + (gap?.count ?? 0);
  return { first, omitted, latest };
}

function beginning(messages: readonly ThreadMessage[], most: number, count: CountTokens): ThreadMessage[] {
  const kept: ThreadMessage[] = [];
  let left = most;
  for (const whole of messages) {
    const message = cut(whole, kept.length === 0 ? most : left, count);
    left -= count(message.text) + lineCost;
    if (left < 0 && kept.length > 0) break;
    kept.push(message);
  }
  return kept;
}

const cut = (message: ThreadMessage, most: number, count: CountTokens): ThreadMessage => ({
  ...message,
  text: cutToTokens(message.text, most, count),
});
