import { expect } from "vitest";
import type { HostMapping } from "../../db/host/mapping.ts";
import { migrate } from "../../db/migrate/migrate.ts";
import { type Rig, test } from "../helpers/rig.ts";
import { productCache, threadedHost } from "../helpers/threaded-host.ts";

/** A host that mirrors the last line of a chat, whoever wrote it: as the text, or in columns of its own. */
const previews: HostMapping = threadedHost;
const mirrors: HostMapping = {
  ...threadedHost,
  columns: { ...threadedHost.columns, last_message_text: "last_text", last_message_at: "last_at" },
};

async function attach({ db, sql }: Rig, host: HostMapping): Promise<void> {
  await sql.unsafe(productCache);
  await sql`alter table public.interactions add column last_text text, add column last_at timestamptz`;
  await migrate({ url: db.url, host });
  await sql`insert into public.chats (id, seller_id, external_chat_id) values (1, 1, 'c-1')`;
}

let lines = 0;
async function say(rig: Rig, direction: "in" | "out", text: string, minute: number): Promise<Date> {
  const at = new Date(Date.now() - 3_600_000 + minute * 60_000);
  lines += 1;
  await rig.sql`
    insert into public.messages (chat_id, external_message_id, direction, text, sent_at)
    values (1, ${String(lines)}, ${direction}, ${text}, ${at})`;
  return at;
}

/** Waits until all that was changed so far was looked at: an ordinary row that came later has its draft. */
async function settled(rig: Rig): Promise<void> {
  await rig.drafted(await rig.insert({ text: "обычный вопрос", occurred_at: new Date("2026-11-01") }));
  await rig.idle();
}

const metadata = (rig: Rig) => rig.sql.json({ chat_id: 1 });
const state = async (rig: Rig, id: string) =>
  (await rig.sql`select draft_state from predraft.interactions where id = ${id}`)[0]?.["draft_state"];

test("no draft is bought for the seller's own line, and the buyer's next one gets its draft", async ({
  attachedRig: rig,
}) => {
  await attach(rig, mirrors);
  await rig.start();
  const asked = await say(rig, "in", "Где заказ?", 1);
  const id = await rig.insert({
    channel: "chat",
    text: null,
    last_text: "Где заказ?",
    last_at: asked,
    metadata: metadata(rig),
  });
  await rig.drafted(id);
  expect(rig.model.calls()).toHaveLength(1);

  const answered = await say(rig, "out", "Уже в пути, ждите завтра.", 2);
  await rig.sql`update public.interactions set last_text = 'Уже в пути, ждите завтра.', last_at = ${answered} where id = ${id}`;
  await settled(rig);
  expect(rig.model.calls(), "one for the buyer's line, one for the ordinary row").toHaveLength(2);
  expect(await state(rig, id)).toBe("none");

  const again = await say(rig, "in", "Спасибо, а примерка есть?", 3);
  await rig.sql`update public.interactions set last_text = 'Спасибо, а примерка есть?', last_at = ${again} where id = ${id}`;
  await rig.drafted(id);
  expect(rig.model.calls()).toHaveLength(3);
});

for (const [what, row, calls] of [
  ["a preview that is cut short", { text: "Уже в пути, ждите завтра с десяти…" }, 0],
  ["the whole line", { text: "Уже в пути, ждите завтра с десяти до двенадцати." }, 0],
  ["the buyer's line before an automatic reply", { text: "Где заказ?" }, 1],
  ["a buyer's line that is not among the messages yet", { text: "Алло, вы тут?" }, 1],
] as const) {
  test(`a row that mirrors ${what}, behind a line of the seller's, costs ${calls} calls`, async ({
    attachedRig: rig,
  }) => {
    await attach(rig, previews);
    await rig.start();
    await say(rig, "in", "Где заказ?", 1);
    await say(rig, "out", "Уже в пути, ждите завтра с десяти до двенадцати.", 2);
    const id = await rig.insert({ channel: "chat", ...row, metadata: metadata(rig) });
    if (calls > 0) await rig.drafted(id);
    await settled(rig);
    expect(rig.model.calls()).toHaveLength(calls + 1);
    expect(await state(rig, id)).toBe(calls > 0 ? "ready" : "none");
  });
}

test("on demand, a chat is drafted whose last line is the seller's own", async ({ attachedRig: rig }) => {
  await attach(rig, previews);
  await rig.start();
  await say(rig, "in", "Где заказ?", 1);
  await say(rig, "out", "Сейчас посмотрим.", 2);
  const id = await rig.insert({ channel: "chat", text: "Сейчас посмотрим.", metadata: metadata(rig) });
  await settled(rig);
  await rig.sql`select predraft.request_draft(${id})`;
  await rig.drafted(id);
});
