import { describe, expect } from "vitest";
import type { AttachOptions } from "../../../src/attach/facts.ts";
import { jobs, takeJobs } from "../../helpers/jobs.ts";
import { attach, type HostDatabase, issueOptions, test } from "../fixtures.ts";

const withValues = (values: AttachOptions["values"]): AttachOptions => ({
  ...issueOptions,
  ...(values === undefined ? {} : { values }),
});
const read = async (host: HostDatabase) =>
  (
    await host.sql`select external_id, channel, status, priority, draft_state from predraft.interactions order by external_id`
  ).map((row) => Object.values(row).join(" "));

/** Capitals, words of the host's own, and a status that nobody has translated. */
const capitals = `
  alter table public.interactions drop constraint interactions_seller_id_external_id_key;
  delete from public.interactions;
  insert into public.interactions (seller_id, marketplace, channel, external_id, text, rating, status, priority, occurred_at) values
    (1, 'wildberries', 'REVIEW', 'a', 'Порвалась молния', 1, 'OPEN', 'HIGH', now()),
    (1, 'wildberries', 'Question', 'b', 'Из чего?', null, 'New', 'Low', now()),
    (1, 'wildberries', 'CHAT', 'c', 'Спасибо', null, 'ANSWERED', 'NORMAL', now()),
    (1, 'wildberries', 'CHAT', 'd', 'Спасибо', null, 'Responded', 'NORMAL', now())`;

describe("the host's words", () => {
  test("are read in any case; those that mean nothing are named with counts, and --yes is refused while their rows would be drafted", async ({
    host,
  }) => {
    await host.sql.unsafe(capitals);
    await expect(attach(host, { yes: true })).rejects.toMatchObject({
      code: "attach_undecided",
      message: expect.stringMatching(/--yes cannot decide this: status holds ANSWERED \(1 to draft\)/),
      hint: expect.stringContaining("--value status:ANSWERED=responded"),
    });
    expect(await host.sql`select to_regnamespace('predraft') as there`).toEqual([{ there: null }]);
    expect(await attach(host)).toMatch(/! status +holds ANSWERED \(1\): only "responded" counts/);
    expect(await read(host)).toEqual([
      "a review open high none",
      "b question new low none",
      "c chat answered normal none",
      "d chat responded normal closed",
    ]);
  });

  test("are translated by --value, in any case, and an answered row of theirs is closed", async ({
    host,
  }) => {
    await host.sql.unsafe(capitals);
    const values = {
      status: { ANSWERED: "responded" },
      channel: { отзыв: "review" },
      priority: { p1: "urgent" },
    };
    expect(await attach(host, { host: withValues(values), yes: true })).toMatch(/2 jobs added/);
    await takeJobs(host.sql);
    await host.sql`insert into public.interactions (seller_id, marketplace, channel, external_id, text, status, priority)
      values (1, 'w', 'отзыв', 'e', 'Да', 'Answered', 'x'), (1, 'w', 'отзыв', 'f', 'Да', 'open', 'P1')`;
    expect((await jobs(host.sql)).map(({ priority }) => priority)).toEqual([0]);
    expect(await read(host)).toContain("f review open urgent queued");
    await host.sql`update public.interactions set status = 'aNSWERED' where external_id = 'f'`;
    expect(await read(host)).toContain("f review responded urgent closed");
  });

  test("of an enumeration are known before any row shows them", async ({ host }) => {
    await host.sql.unsafe(`
      delete from public.interactions;
      create type public.state as enum ('OPEN', 'ANSWERED');
      alter table public.interactions alter column status drop default, alter column status type public.state using null`);
    expect(await attach(host)).toMatch(/! status +holds ANSWERED \(0\)/);
    await host.sql`insert into public.interactions (seller_id, marketplace, channel, external_id, text, status)
      values (1, 'w', 'QUESTION', 'a', 'Да?', 'OPEN')`;
    expect(await read(host)).toEqual(["a question open normal queued"]);
  });

  test("that are ours already stay as they are, so that no hash changes and the host's index on them is used", async ({
    host,
  }) => {
    await attach(host);
    const [row] = await host.sql`select mapping -> 'values' as words from predraft.host`;
    expect(row?.["words"]).toBeNull();
  });

  test("that are wrong on the command line are named", async ({ host }) => {
    await expect(attach(host, { host: withValues({ channel: { a: "letter" } }) })).rejects.toMatchObject({
      code: "attach_unfit",
    });
    await expect(attach(host, { host: withValues({ text: { a: "b" } }) })).rejects.toMatchObject({
      code: "attach_unfit",
    });
  });

  test("with a terminal, a person may agree to draft rows of a value that means nothing", async ({
    host,
  }) => {
    await host.sql.unsafe(capitals);
    const asked: string[] = [];
    const no = attach(host, {}, { ask: async (question) => asked.push(question) > 5 });
    await expect(no).rejects.toMatchObject({ code: "attach_unconfirmed" });
    expect(asked).toEqual(["Attach, and read it as shown above?"]);
    await attach(host, {}, { ask: async () => true });
    expect(await jobs(host.sql)).toHaveLength(3);
  });
});

test("a constant and a negated flag stand for columns; a seller can be a constant", async ({
  empty: host,
}) => {
  await host.sql`create table public.tickets (id int primary key, body text, answered boolean, "Info" jsonb)`;
  const options: AttachOptions = {
    table: { schema: "public", name: "tickets" },
    documentColumn: "Info",
    columns: { text: "body" },
    constants: { seller_id: "7", channel: "question", status: "open" },
    expressions: { needs_response: 'not "answered"' },
    nameKeys: [],
  };
  await attach(host, { host: options, yes: true });
  await host.sql`insert into public.tickets values (1, 'Из чего?', false), (2, 'Спасибо', true), (3, 'Когда?', null)`;
  expect(await takeJobs(host.sql)).toEqual(["1"]);
  expect(
    await host.sql`select id, seller_id::text, channel, status, needs_response from predraft.interactions order by id`,
  ).toEqual([
    { id: 1, seller_id: "7", channel: "question", status: "open", needs_response: true },
    { id: 2, seller_id: "7", channel: "question", status: "open", needs_response: false },
    { id: 3, seller_id: "7", channel: "question", status: "open", needs_response: null },
  ]);
});
