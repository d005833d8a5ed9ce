/** One interaction as the marketplace has it: the truth that the host's sync runs after. */
export interface Case {
  readonly n: number;
  readonly kind: "review" | "question" | "chat";
  readonly rating: number | null;
  /** Counts what the buyer has said; the text names it. */
  version: number;
  /** A review without a text has no words to tell versions apart. */
  readonly silent: boolean;
  at: Date;
  answered: boolean;
  gone: boolean;
  /** Of the host: the row, its chat, and the buyer's lines that are already in `messages`. */
  id: number | null;
  chatId: number | null;
  linesSynced: number;
}

const start = Date.now() - 20 * 86_400_000;

/** A mark that tells which words of which buyer a text is about. */
export const topic = (n: number, version: number): string => `тема ${n}-${version}`;

/** The mark of a text with the highest version, or none. */
export function topicOf(text: string): { n: number; version: number } | undefined {
  const found = [...text.matchAll(/тема (\d+)-(\d+)/g)].map(([, n, version]) => ({
    n: Number(n),
    version: Number(version),
  }));
  return found.toSorted((a, b) => b.version - a.version)[0];
}

/** The n-th buyer, who has written once. */
export function newCase(n: number): Case {
  const kind = n % 10 < 5 ? "review" : n % 10 < 7 ? "question" : "chat";
  return {
    n,
    kind,
    rating: kind === "review" ? 1 + (n % 5) : null,
    version: 1,
    silent: n % 10 === 4,
    at: new Date(start + n * 1_000),
    answered: false,
    gone: false,
    id: null,
    chatId: null,
    linesSynced: 0,
  };
}

const openings = {
  review: "Ткань приятная, но швы неровные",
  question: "Подойдёт ли чехол для этой модели?",
  chat: "Где мой заказ?",
};

/** What the buyer's text is now; for a chat, the preview of the last line. */
export const textOf = (one: Case): string =>
  one.silent ? "" : `${openings[one.kind]} ${topic(one.n, one.version)}`;

/** The buyer changes the text, or writes a further line. */
export function sayMore(one: Case): void {
  one.version += 1;
  one.at = new Date(one.at.getTime() + 1_000);
}
