import { expect } from "vitest";
import { migrate } from "../../db/migrate/migrate.ts";
import { type Rig, test } from "../helpers/rig.ts";
import { productCache, threadedHost } from "../helpers/threaded-host.ts";
import { until } from "../helpers/until.ts";

const { messages, columns } = threadedHost;
if (messages === null) throw new Error("the threaded host has messages");

/** A host that writes a line into its messages first, and into the interaction later. */
const watchedHost = {
  ...threadedHost,
  columns: { ...columns, last_message_text: "last_text", last_message_at: "last_at" },
  messages: { ...messages, watch: true },
};

interface Chat {
  readonly id: string;
  say(text: string, direction?: "in" | "out"): Promise<Date>;
  mirror(text: string, at: Date): Promise<unknown>;
  state(): Promise<string>;
}

/** Attaches, starts a worker, and lends a chat whose first line has its draft. */
async function draftedChat(rig: Rig, host = watchedHost): Promise<Chat> {
  const { sql, db } = rig;
  await sql.unsafe(productCache);
  await sql`alter table public.interactions add column last_text text, add column last_at timestamptz`;
  await migrate({ url: db.url, host });
  await sql`insert into public.chats (id, seller_id, external_chat_id) values (1, 1, 'c-1')`;
  await rig.start();
  let lines = 0;
  let minute = Date.now() - 3_600_000;
  const chat = {
    id: "",
    async say(text: string, direction: "in" | "out" = "in") {
      lines += 1;
      minute += 60_000;
      const at = new Date(minute);
      await sql`
        insert into public.messages (chat_id, external_message_id, direction, text, sent_at)
        values (1, ${String(lines)}, ${direction}, ${text}, ${at})`;
      return at;
    },
    mirror: (text: string, at: Date) =>
      sql`update public.interactions set last_text = ${text}, last_at = ${at} where id = ${chat.id}`,
    state: async () =>
      (await sql`select draft_state from predraft.interactions where id = ${chat.id}`)[0]?.["draft_state"],
  };
  const at = await chat.say("Где заказ?");
  chat.id = await rig.insert({
    channel: "chat",
    text: null,
    last_text: "Где заказ?",
    last_at: at,
    metadata: sql.json({ chat_id: 1 }),
  });
  await rig.drafted(chat.id);
  await rig.idle();
  expect(rig.model.calls()).toHaveLength(1);
  expect(await chat.state()).toBe("ready");
  return chat;
}

/** Waits until a worker has looked at every mark. */
const looked = (rig: Rig) =>
  until(async () => (await rig.sql`select from predraft.thread_marks where not enqueued`).length === 0, {
    what: "all marks were looked at",
  });

test("a buyer's line in the messages outdates the draft at once and gets a draft of its own, though the interaction doesn't show it", async ({
  attachedRig: rig,
}) => {
  const chat = await draftedChat(rig);
  const former = await rig.draft(chat.id);
  await chat.say("А можно отменить?");
  expect(await chat.state(), "in the next statement already").not.toBe("ready");
  const next = await rig.drafted(chat.id, (draft) => draft.draft_id !== former?.draft_id);
  expect(next.provisional).toBe(false);
  expect(rig.model.calls("А можно отменить?")).toHaveLength(1);
  await rig.idle();
  expect(await chat.state()).toBe("ready");
});

test("when the host mirrors the line afterwards, the draft made for it is used again and nothing is paid", async ({
  attachedRig: rig,
}) => {
  const chat = await draftedChat(rig);
  const former = await rig.draft(chat.id);
  const at = await chat.say("А можно отменить?");
  const made = await rig.drafted(chat.id, (draft) => draft.draft_id !== former?.draft_id);
  await rig.idle();
  await chat.mirror("А можно отменить?", at);
  const shown = await rig.drafted(chat.id);
  await rig.idle();
  expect(shown.text).toBe(made.text);
  expect(rig.model.calls()).toHaveLength(2);
  expect(await chat.state()).toBe("ready");

  const again = await chat.say("И ещё вопрос про цвет");
  await chat.mirror("И ещё вопрос про цвет", again);
  await rig.drafted(chat.id);
  await rig.idle();
  expect(rig.model.calls(), "new words are paid for").toHaveLength(3);
});

test("a line that is mirrored at once costs one call", async ({ attachedRig: rig }) => {
  const chat = await draftedChat(rig);
  const at = await chat.say("А можно отменить?");
  await chat.mirror("А можно отменить?", at);
  await rig.drafted(chat.id);
  await looked(rig);
  await rig.idle();
  expect(rig.model.calls()).toHaveLength(2);
  expect(await chat.state()).toBe("ready");
});

test("a line that comes while a draft is being made gets another one", async ({ attachedRig: rig }) => {
  const chat = await draftedChat(rig);
  const hold = rig.model.hold();
  const at = await chat.say("А можно отменить?");
  await chat.mirror("А можно отменить?", at);
  await hold.arrived();
  await chat.say("Хотя нет, оставьте");
  await looked(rig);
  await until(async () => (await rig.sql`select from graphile_worker.jobs`).length === 1, {
    what: "its job ended, because of the one under way",
    timeoutMs: 15_000,
  });
  hold.release();
  await until(async () => (await chat.state()) === "ready", {
    what: "a draft has seen all",
    timeoutMs: 15_000,
  });
  expect(rig.model.calls("Хотя нет, оставьте")).toHaveLength(1);
});

test("the seller's own line outdates nothing, nor does a buyer's where nobody watches", async ({
  attachedRig: rig,
}) => {
  const chat = await draftedChat(rig);
  await chat.say("Уже в пути", "out");
  expect(await chat.state()).toBe("ready");
  expect(await rig.sql`select from predraft.thread_marks`).toHaveLength(1);
  const health = async () =>
    (await rig.sql`select detail from predraft.health where "check" = 'messages'`)[0]?.["detail"];
  expect(await health()).toMatch(/^watched/);

  await migrate({ url: rig.db.url, host: { ...watchedHost, messages } });
  await chat.say("Алло?");
  expect(await chat.state()).toBe("ready");
  expect(await health()).toMatch(/^not watched.*--watch-messages/);
  const triggers = await rig.sql`
    select tgname from pg_trigger where tgrelid = 'public.messages'::regclass and not tgisinternal`;
  expect(triggers).toHaveLength(0);
});

test("the trigger waits for nobody, locks no interaction and fails no statement of the host", async ({
  attachedRig: rig,
}) => {
  const chat = await draftedChat(rig);
  const holder = rig.db.connect();
  await holder.begin(async (tx) => {
    await tx`select from public.interactions for update`;
    await chat.say("Первый");
    await tx`lock table predraft.drafts, predraft.draft_claims in access exclusive mode`;
    await chat.say("Второй");
  });
  await rig.sql`alter table predraft.thread_marks rename to thread_marks_gone`;
  await chat.say("Третий");
  await rig.sql`alter table predraft.thread_marks_gone rename to thread_marks`;
  expect(await rig.sql`select from public.messages`).toHaveLength(4);
});
