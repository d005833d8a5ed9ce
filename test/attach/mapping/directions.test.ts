import { describe, expect } from "vitest";
import type { AttachOptions } from "../../../src/attach/facts.ts";
import { judgeDirection } from "../../../src/attach/mapping/directions.ts";
import { attach, type HostDatabase, issueOptions, test } from "../fixtures.ts";

const lines = async (host: HostDatabase) => {
  const [row] =
    await host.sql`select predraft.thread(id) as lines from public.interactions where external_id = 'c-1'`;
  return row?.["lines"].map((line: { direction: string; text: string }) => `${line.direction} ${line.text}`);
};
const options = (more: Partial<AttachOptions>): AttachOptions => ({ ...issueOptions, ...more });

/** As in Chatwoot: the buyer is a contact, and the help desk's staff are users. */
const senderTypes = `
  alter table public.messages drop column author_type;
  alter table public.messages rename column direction to sender_type;
  update public.messages set sender_type = case sender_type when 'in' then 'Contact' else 'User' end`;

describe("who wrote a line", () => {
  test("is told by known words, in any case", () => {
    const buyer = (...values: string[]) =>
      judgeDirection("d", Object.fromEntries(values.map((value) => [value, 1])));
    expect(buyer("in", "out")).toMatchObject({ incoming: ["in"], assumed: false });
    expect(buyer("Incoming", "Outgoing")).toMatchObject({ incoming: ["Incoming"] });
    expect(buyer("end_user", "agent", "bot")).toMatchObject({ incoming: ["end_user"] });
    expect(buyer("Покупатель", "Продавец")).toMatchObject({ incoming: ["Покупатель"] });
    for (const word of ["inbound", "buyer", "customer", "client", "contact", "visitor"])
      expect(buyer(word.toUpperCase(), "operator").incoming).toEqual([word.toUpperCase()]);
    expect(buyer("Contact", "User")).toMatchObject({
      incoming: ["Contact"],
      doubt: expect.stringMatching(/read as the seller's/),
    });
    expect(buyer("user", "assistant")).toMatchObject({
      incoming: ["user"],
      doubt: expect.stringMatching(/read as the buyer's/),
    });
    expect(buyer("0", "1")).toMatchObject({ incoming: [], text: "d holds 0 (1), 1 (1)" });
    expect(buyer("out", "system")).toMatchObject({ assumed: true });
    expect(buyer()).toMatchObject({ assumed: true });
  });

  test("is assumed of a table without rows, and said to be; whatever known word comes is the buyer's", async ({
    host,
  }) => {
    await host.sql`delete from public.messages`;
    expect(await attach(host)).toMatch(/\? messages +.*one of in, incoming, .*\(assumed: no such line yet\)/);
    await host.sql`insert into public.messages (chat_id, external_message_id, direction, text, sent_at)
      values (1, 'a', 'incoming', 'Где заказ?', now()), (1, 'b', 'outgoing', 'Едет', now() + interval '1 s')`;
    expect(await lines(host)).toEqual(["in Где заказ?", "out Едет"]);
  });

  test("is asked about if the word is user: refused without a person, decided by --incoming", async ({
    host,
  }) => {
    await host.sql.unsafe(senderTypes);
    for (const yes of [true, false]) {
      await expect(attach(host, { yes })).rejects.toMatchObject({
        code: "attach_undecided",
        message: expect.stringMatching(/sender_type says User, which can be the buyer or the seller's staff/),
        hint: expect.stringMatching(/^Say --incoming Contact, or the other one\./),
      });
    }
    expect(await host.sql`select to_regnamespace('predraft') as there`).toEqual([{ there: null }]);
    await attach(host, { host: options({ incoming: ["contact"] }), yes: true });
    expect(await lines(host)).toEqual(["in Где заказ?", "out Проверяем"]);
    await attach(host, { host: options({ incoming: ["User"] }) });
    expect(await lines(host)).toEqual(["out Где заказ?", "in Проверяем"]);
  });

  test("is shown on a recent chat before a person agrees: with the words on a terminal, without them elsewhere", async ({
    host,
  }) => {
    await host.sql.unsafe(senderTypes);
    const asked: string[] = [];
    const printed = await attach(host, {}, { ask: async (question) => asked.push(question) > 0 });
    expect(printed).toMatch(/buyer {3}Где заказ\?\n.*seller {2}Проверяем\n/);
    expect(asked[0]).toBe("Attach, and read it as shown above?");
    expect(await lines(host)).toEqual(["in Где заказ?", "out Проверяем"]);
    const elsewhere = await attach(host, { host: options({ incoming: ["Contact"] }) });
    expect(elsewhere).toMatch(/buyer {3}\(10 characters\)\n.*seller {2}\(9 characters\)/);
    expect(elsewhere).not.toContain("Где заказ");
  });

  test("is not guessed of words that mean nothing: attach says which option tells", async ({ host }) => {
    await host.sql`update public.messages set direction = case direction when 'in' then '0' else '1' end, author_type = null`;
    await expect(attach(host)).rejects.toMatchObject({ code: "attach_unfit" });
    const printed = await attach(host, { host: options({ incoming: ["0"] }) });
    expect(printed).toMatch(/✓ messages +.*from the buyer if direction is 0; from the seller: 1 \(1\)/);
    expect(await lines(host)).toEqual(["in Где заказ?", "out Проверяем"]);
  });
});

describe("a thread", () => {
  test("is found by columns of any name, and by the interaction's own id; a filter leaves out notes and activity", async ({
    host,
  }) => {
    await host.sql.unsafe(`
      create table public.lines (n serial primary key, "ticketId" int, author text, said text, "at" timestamp, hidden boolean);
      insert into public.lines ("ticketId", author, said, "at", hidden)
      select i.id, l.* from public.interactions i, (values
        ('CUSTOMER', 'Где заказ?', timestamp '2026-01-01 10:00', false), ('AGENT', 'Не отвечать!', '2026-01-01 10:01', true),
        ('AGENT', 'Едет', '2026-01-01 10:02', false), ('SYSTEM', 'закрыто', '2026-01-01 10:03', null)) l
      where i.external_id = 'c-1'`);
    const named = options({
      messages: { schema: "public", name: "lines" },
      messagesColumns: {
        thread: "ticketid",
        text: "said",
        sent_at: "at",
        direction: "author",
        external_id: "n",
      },
      messagesFilter: "not hidden",
      threadOf: { column: "id" },
    });
    await attach(host, { host: named });
    expect(await lines(host)).toEqual(["in Где заказ?", "out Едет"]);
    await attach(host, {
      host: { ...named, messagesDirection: "author = 'AGENT'", messagesFilter: "author <> 'SYSTEM'" },
    });
    expect(await lines(host)).toEqual(["out Где заказ?", "in Не отвечать!", "in Едет"]);
    for (const wrong of [
      { messagesFilter: "random() > 1" },
      { messagesDirection: "said" },
      { messagesColumns: { thread: "no" } },
    ])
      await expect(attach(host, { host: { ...named, ...wrong } })).rejects.toMatchObject({
        code: "attach_unfit",
      });
  });

  test("whose filter fails on a line is read without that line", async ({ host }) => {
    await attach(host, { host: options({ messagesFilter: "1 / (length(text) - 3) is not null" }) });
    await host.sql`insert into public.messages (chat_id, external_message_id, direction, text, sent_at) values (1, 'x', 'in', 'Ау?', now())`;
    expect(await lines(host)).toEqual(["in Где заказ?", "out Проверяем"]);
  });
});
