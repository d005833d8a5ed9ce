import type { DraftBrief, ProductFacts, ThreadMessage } from "../domain/brief.ts";
import { firstNameOf } from "../language/first-name.ts";
import type { KnownPerson } from "../privacy/finding.ts";
import { createMask, type Mask } from "../privacy/mask.ts";
import { type PersonalWord, personalWords } from "../privacy/values.ts";
import { harmless, type Room, shortened } from "./text.ts";
import type { Gap } from "./thread.ts";

/** Everything known about an interaction; it stays in this process. */
export interface FullBrief extends DraftBrief {
  readonly orderId: string | null;
  /** Messages of the thread that were not read. */
  readonly gap: Gap | null;
}

declare const safe: unique symbol;

/** A brief that may leave the process: cut to what a prompt can hold, with nothing personal in its texts. */
export type RedactedBrief = DraftBrief & { readonly gap: Gap | null; readonly [safe]: true };

/** The most characters that are looked at; the prompt's budget of tokens, applied later, is narrower. */
const textRoom: Room = { head: 6_000, tail: 3_000 };
const messageRoom: Room = { head: 1_600, tail: 800 };
const rulesRoom: Room = { head: 4_000, tail: 0 };
const lineRoom: Room = { head: 400, tail: 0 };
/** The most characters of a thread's latest messages. */
const threadRoom = 24_000;
const mostAttributes = 100;

/** A brief that may be sent, with what its answer needs of the personal data. */
export interface Redacted {
  readonly brief: RedactedBrief;
  readonly mask: Mask;
  /** The buyer's personal values, to check that a reply does not repeat them. */
  readonly personal: () => readonly PersonalWord[];
}

/**
 * Prepares a brief for a remote service: cuts what the prompt cannot hold, removes invisible characters and fence marks, and replaces
 * everything personal with the mask's placeholders. Only the first name stays.
 */
export function redact(brief: FullBrief): Redacted {
  const short = shortBrief(brief);
  const texts = textsOf(short);
  const person = personOf(brief);
  const mask = createMask(person, texts);
  const hidden = mapTexts(short, mask.hide);
  const sendable: DraftBrief = { ...hidden, customerName: firstNameOf(brief.customerName) };
  return {
    brief: sendable as RedactedBrief,
    mask,
    personal: () => personalWords(buyersTexts(short), person),
  };
}

/** The buyer as the host knows them: all words of the name except the one for greetings. */
function personOf({ customerName, orderId }: Pick<FullBrief, "customerName" | "orderId">): KnownPerson {
  const first = firstNameOf(customerName)?.toLowerCase();
  const words = (customerName ?? "").slice(0, 200).match(/[\p{L}][\p{L}'’-]*/gu) ?? [];
  return {
    surnames: words
      .filter((word) => word.length > 1 && word.toLowerCase() !== first && !isNobody.test(word))
      .slice(0, 8),
    orderCode: orderId,
  };
}

/** What marketplaces write in place of a name. */
const isNobody =
  /^(?:покупатель|пользователь|клиент|гость|аноним\p{L}*|заказчик|получатель|wildberries|ozon|wb|user|customer|client|buyer|guest)$/iu;

function shortBrief(brief: FullBrief): FullBrief {
  const { thread, gap } = shortThread(brief);
  const tidy = (text: string, room: Room): string => harmless(shortened(text, room));
  const attributes = Object.entries(brief.product.attributes).slice(0, mostAttributes);
  return {
    ...brief,
    marketplace: tidy(brief.marketplace, { head: 40, tail: 0 }),
    subject: brief.subject === null ? null : tidy(brief.subject, lineRoom),
    text: tidy(brief.text, textRoom),
    thread: thread.map((message, place) => ({
      ...message,
      text: tidy(message.text, place === thread.length - 1 ? textRoom : messageRoom),
    })),
    gap,
    product: {
      name: brief.product.name === null ? null : tidy(brief.product.name, lineRoom),
      attributes: Object.fromEntries(
        attributes.map(([name, value]) => [tidy(name, lineRoom), tidy(value, textRoom)]),
      ),
    },
    signature: brief.signature === null ? null : tidy(brief.signature, lineRoom),
    ownRules: brief.ownRules === null ? null : tidy(brief.ownRules, rulesRoom),
  };
}

/** The first messages, and as many of the latest as a prompt could show. */
function shortThread({ thread, gap }: FullBrief): { thread: readonly ThreadMessage[]; gap: Gap | null } {
  const opening = gap?.after ?? Math.min(1, thread.length);
  let room = threadRoom;
  let from = thread.length;
  while (from > opening && room > 0) {
    from -= 1;
    room -= Math.min((thread[from] as ThreadMessage).text.length, messageRoom.head + messageRoom.tail) + 20;
  }
  if (from <= opening) return { thread, gap };
  const count = from - opening + (gap?.count ?? 0);
  return { thread: [...thread.slice(0, opening), ...thread.slice(from)], gap: { after: opening, count } };
}

const buyersTexts = ({ subject, text, thread }: FullBrief): string[] => [
  subject ?? "",
  text,
  ...thread.filter(({ direction }) => direction === "in").map((message) => message.text),
];

/** Maps every text of a brief that a prompt could show. */
function mapTexts(brief: FullBrief, map: (text: string) => string): FullBrief {
  const maybe = (text: string | null): string | null => (text === null ? null : map(text));
  const product: ProductFacts = {
    name: maybe(brief.product.name),
    attributes: Object.fromEntries(
      Object.entries(brief.product.attributes).map(([name, value]) => {
        // Mapped together, because the name tells what a number is.
        const [title, both] = [map(name), map(`${name}: ${value}`)];
        return [title, both.startsWith(`${title}: `) ? both.slice(title.length + 2) : map(value)];
      }),
    ),
  };
  return {
    ...brief,
    marketplace: map(brief.marketplace),
    subject: maybe(brief.subject),
    text: map(brief.text),
    thread: brief.thread.map((message) => ({ ...message, text: map(message.text) })),
    product,
    signature: maybe(brief.signature),
    ownRules: maybe(brief.ownRules),
  };
}

function textsOf(brief: FullBrief): string[] {
  const texts: string[] = [];
  mapTexts(brief, (text) => {
    texts.push(text);
    return text;
  });
  return texts;
}
