import { type Case, textOf, topic } from "./marketplace.ts";
import type { Entity, Session, Values } from "./orm.ts";

/** The only keys of a document that a sync carries over. */
const carried = [
  "last_ai_draft",
  "last_reply_text",
  "last_reply_source",
  "last_reply_at",
  "last_reply_outcome",
  "wb_sync_state",
  "link_candidates",
  "link_updated_at",
];

/** Documents as a sync has read them, some time before it writes. */
export type Snapshot = ReadonlyMap<number, Values | null>;

/** Reads documents in a transaction of its own. */
export async function takeSnapshot(session: Session, cases: readonly Case[]): Promise<Snapshot> {
  const rows = await session.load("interactions", idsOf(cases));
  const snapshot = new Map(rows.map((row) => [row.id, row.get("metadata") as Values | null]));
  await session.commit();
  return snapshot;
}

/** New lines of chats, committed before their interactions know of them. */
export async function syncMessages(session: Session, cases: readonly Case[]): Promise<void> {
  for (const one of cases.filter(({ kind }) => kind === "chat")) {
    if (one.chatId === null) {
      const chat = session.add("chats", {
        seller_id: sellerOf(one),
        external_chat_id: `c-${one.n}`,
        client_name: "Анна",
      });
      await session.flush();
      one.chatId = chat.id;
    }
    for (; one.linesSynced < one.version; one.linesSynced += 1) {
      const version = one.linesSynced + 1;
      session.add("messages", {
        chat_id: one.chatId,
        external_message_id: `m-${one.n}-${version}`,
        direction: "in",
        text: `Где мой заказ? ${topic(one.n, version)}`,
        author_type: "buyer",
        sent_at: new Date(one.at.getTime() - (one.version - version) * 1_000),
      });
    }
  }
  await session.commit();
}

/** Interactions that the host has not seen yet; `metadata` adds to the documents. */
export async function insertCases(
  session: Session,
  cases: readonly Case[],
  extra: (one: Case) => Values = () => ({}),
): Promise<void> {
  const added: [Case, Entity][] = cases.map((one) => [
    one,
    session.add("interactions", {
      seller_id: sellerOf(one),
      marketplace: "wildberries",
      channel: one.kind,
      external_id: `e-${one.n}`,
      nm_id: String(100 + (one.n % 3)),
      text: textOf(one),
      rating: one.rating,
      occurred_at: one.at,
      metadata: { user_name: "Анна", ...(one.chatId === null ? {} : { chat_id: one.chatId }), ...extra(one) },
    }),
  ]);
  await session.commit();
  for (const [one, entity] of added) one.id = entity.id;
}

let syncs = 0;

/**
 * Writes interactions back, one UPDATE a row, each with a new document that carries over the listed keys of the snapshot; then
 * lets `meanwhile` happen while all of them are locked, and commits.
 */
export async function syncInteractions(
  session: Session,
  cases: readonly Case[],
  snapshot: Snapshot,
  meanwhile: () => Promise<void> = async () => undefined,
): Promise<void> {
  syncs += 1;
  const rows = new Map((await session.load("interactions", idsOf(cases))).map((row) => [row.id, row]));
  for (const one of cases) {
    const row = rows.get(one.id ?? 0);
    if (row === undefined) continue;
    if (one.gone) {
      session.delete(row);
      continue;
    }
    const before = snapshot.get(row.id) ?? {};
    const kept = Object.fromEntries(carried.filter((key) => key in before).map((key) => [key, before[key]]));
    row.set({
      text: textOf(one),
      occurred_at: one.at,
      metadata: {
        user_name: "Анна",
        ...(one.chatId === null ? {} : { chat_id: one.chatId }),
        ...kept,
        link_updated_at: `sync ${syncs}`,
      },
      ...(one.answered ? { status: "responded", needs_response: false } : {}),
    });
  }
  await session.flush();
  await meanwhile();
  await session.commit();
  for (const one of cases) if (one.gone) one.id = null;
}

/** The operator answers in the host's own inbox. */
export async function reply(session: Session, one: Case): Promise<void> {
  const [row] = await session.load("interactions", idsOf([one]));
  if (row === undefined) throw new Error(`interaction ${one.n} is gone`);
  row.set({
    status: "responded",
    needs_response: false,
    metadata: {
      ...(row.get("metadata") as Values),
      last_reply_text: "Спасибо!",
      last_reply_source: "manual",
    },
  });
  await session.commit();
  one.answered = true;
}

/** The host's own endpoint: reads a row, waits for its model (`meanwhile`), and writes a draft without a hash. */
export async function draftOnDemand(
  session: Session,
  one: Case,
  meanwhile: () => Promise<void>,
): Promise<void> {
  const [read] = await session.load("interactions", idsOf([one]));
  const document = read?.get("metadata") as Values;
  await session.commit();
  await meanwhile();
  const [row] = await session.load("interactions", idsOf([one]));
  row?.set({
    metadata: {
      ...document,
      last_ai_draft: { text: `Хозяйский ответ ${one.n} ${one.version}`, intent: "other" },
    },
  });
  await session.commit();
}

const idsOf = (cases: readonly Case[]): number[] =>
  cases.map(({ id }) => id).filter((id): id is number => id !== null);
const sellerOf = ({ n }: Case): number => 1 + (n % 2);
