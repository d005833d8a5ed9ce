import { describe, expect } from "vitest";
import type { AttachOptions } from "../../../src/attach/facts.ts";
import { inspect } from "../../../src/attach/inspect.ts";
import { resolve } from "../../../src/attach/mapping/resolve.ts";
import { examine } from "../../../src/doctor/examine.ts";
import { catalogue } from "../../helpers/catalogue.ts";
import { misses, takeJobs } from "../../helpers/jobs.ts";
import { attach, detach, type HostDatabase, issueOptions, test } from "../fixtures.ts";

const problemsOf = async (host: HostDatabase, options: Partial<AttachOptions>): Promise<string[]> => {
  const given = { ...issueOptions, ...options };
  return resolve(await inspect(host.sql, given), given).lines.flatMap(({ level, text }) =>
    level === "problem" ? [text] : [],
  );
};
const needs = (host: HostDatabase, needs_response: string): Promise<string[]> =>
  problemsOf(host, { expressions: { needs_response } });

describe("an expression of the operator's", () => {
  test("is one expression over this table's columns, with functions of PostgreSQL's own, of the type that is needed", async ({
    host,
  }) => {
    const before = await catalogue(host.sql);
    await host.sql`create function public.mine(text) returns boolean language sql immutable as 'select true'`;
    const refused: [string, RegExp][] = [
      ["true); drop table public.sellers; select (true", /comment, semicolon/],
      ["true) or (true", /parentheses do not match/],
      ["true -- ", /comment/],
      ["text = 'it", /quote in it is not closed/],
      ["", /empty/],
      ["exists (select from public.sellers)", /subquery/],
      ["sellers.id = 1", /sellers/],
      ["nothing_of_that_name = 1", /does not exist/],
      ["count(*) > 1", /aggregate/],
      ["interactions is null", /only columns of the table, by name/],
      ["tableoid = 1", /only columns of the table, by name/],
      ["random() > 0.5", /clock or a session's settings: random/],
      ["occurred_at > now()", /clock or a session's settings: now/],
      ["occurred_at > current_timestamp", /change with the clock/],
      ["occurred_at::text > '2020'", /timestamp with time zone has/],
      ["(metadata ->> 'at')::timestamptz is null", /timestamp with time zone has/],
      ["to_char(occurred_at, 'YYYY') = '2026'", /settings: to_char/],
      ["public.mine(text)", /only functions of PostgreSQL's own, not mine/],
      ["nm_id", /is bigint; predraft can read boolean/],
      ["100 / (nm_id - 100) > 0", /fails on a row that is there \(22012\)/],
    ];
    for (const [source, why] of refused)
      expect(await needs(host, source), source).toEqual([expect.stringMatching(why)]);
    await host.sql`drop function public.mine`;
    expect(await catalogue(host.sql)).toEqual(before);
  });

  test("may be anything else, with names and quotes of any kind", async ({ host }) => {
    await host.sql.unsafe(`alter table public.interactions add column "It's """ boolean`);
    const taken = [
      "status in ('open', 'new') and rating is not null",
      `"It's """ is not true`,
      "coalesce(nullif(subject, ''), text) || ')' <> '('",
      "concat_ws(' ', subject, text, rating) <> ''",
      "metadata ->> 'user_name' = 'Анна' or rating between 1 and 5",
      "interactions.needs_response",
    ];
    for (const source of taken) expect(await needs(host, source), source).toEqual([]);
    expect(await problemsOf(host, { expressions: { seller_id: "1" } })).toEqual([
      expect.stringMatching(/a key must be a column/),
    ]);
    expect(await problemsOf(host, { constants: { id: "1" } })).toEqual([
      expect.stringMatching(/an id of its own/),
    ]);
    expect(await problemsOf(host, { constants: { rating: "many" } })).toEqual([
      expect.stringMatching(/no such value/),
    ]);
  });

  test("that fails on a later row fails no statement of the host's: the row is left alone, the others are drafted", async ({
    host,
  }) => {
    const options = {
      ...issueOptions,
      expressions: {
        text: "coalesce(text, '') || ' ' || (100 / coalesce(nullif(nm_id, 1), 100))::text",
        needs_response: "needs_response and 10 / coalesce(rating, 1) > 0",
      },
    };
    await attach(host, { host: options, yes: true });
    await takeJobs(host.sql);
    const insert = (external: string, nm: number, rating: number) => host.sql`
      insert into public.interactions (seller_id, marketplace, channel, external_id, nm_id, rating, text)
      values (1, 'wildberries', 'review', ${external}, ${nm}, ${rating}, 'Хорошо') returning id::text as id`;
    const [good] = await insert("good", 50, 5);
    const [, both] = await host.sql`
      insert into public.interactions (seller_id, marketplace, channel, external_id, nm_id, rating, text)
      values (1, 'wildberries', 'review', 'no-text', 0, 5, 'Хорошо'), (1, 'wildberries', 'review', 'well', 10, 5, 'Хорошо'),
        (1, 'wildberries', 'review', 'no-needs', 10, 0, 'Хорошо') returning id::text as id`;
    expect((await takeJobs(host.sql)).toSorted()).toEqual([good?.["id"], both?.["id"]].toSorted());
    await host.sql`update public.interactions set nm_id = 0, text = 'Плохо' where external_id = 'good'`;
    await host.sql`update public.interactions set text = 'Средне' where external_id in ('no-text', 'well')`;
    expect(await takeJobs(host.sql)).toEqual([both?.["id"]]);
    expect(await misses(host.sql)).toEqual([]);
    expect(
      await host.sql`select external_id, draft_state, text from predraft.interactions
        where external_id in ('good', 'no-text', 'well', 'no-needs') order by external_id`,
    ).toEqual([
      { external_id: "good", draft_state: "closed", text: null },
      { external_id: "no-needs", draft_state: "closed", text: "Хорошо 10" },
      { external_id: "no-text", draft_state: "closed", text: null },
      { external_id: "well", draft_state: "none", text: "Средне 10" },
    ]);
    await host.sql`select from predraft.unserved(true)`;
    await host.sql`update public.interactions set nm_id = 20 where external_id = 'no-text'`;
    expect(await takeJobs(host.sql)).toHaveLength(1);
  });

  test("is refused with the grant that is lacking, if this role may make no temporary table to check it with", async ({
    host,
  }) => {
    const name = `plain_${Date.now()}_${process.pid}`;
    await host.sql.unsafe(`
      create role ${name} login; grant select on all tables in schema public to ${name};
      do $$ begin execute format('revoke temporary on database %I from public', current_database()); end $$`);
    try {
      const given = { ...issueOptions, expressions: { needs_response: "rating = 1" } };
      await host.sql.begin(async (tx) => {
        await tx.unsafe(`set local role ${name}`);
        const savepoints = Object.assign(tx, { begin: tx.savepoint.bind(tx) });
        const { expressions } = await inspect(savepoints as never, given);
        expect(expressions["needs_response"]).toEqual({
          problem: expect.stringMatching(/grant temporary on this database/),
        });
      });
    } finally {
      await host.sql.unsafe(`drop owned by ${name}; drop role ${name}`);
    }
  });

  test("whose column is renamed is told by doctor", async ({ host }) => {
    await attach(host, { host: { ...issueOptions, expressions: { needs_response: "source is null" } } });
    await host.sql`alter table public.interactions rename column source to origin`;
    const { findings } = await examine({ url: host.url, directUrl: host.url });
    expect(findings).toContainEqual(
      expect.objectContaining({
        check: "columns",
        what: "public.interactions has no column source any more: drafts are not settled when a row is written",
      }),
    );
    await host.sql`update public.interactions set text = 'Иначе' where external_id = 'q-1'`;
  });

  test("is replaced by another attach, and leaves nothing behind", async ({ host }) => {
    const before = await catalogue(host.sql);
    const functions = async () =>
      (
        await host.sql`select proname from pg_proc where proname ~ '^host_[a-z_]+_[0-9a-f]{12}$' order by 1`
      ).map(({ proname }) => proname.replace(/_[0-9a-f]{12}$/, ""));
    await attach(host, {
      host: { ...issueOptions, expressions: { needs_response: "rating is null", text: "subject" } },
    });
    expect(await functions()).toEqual([
      "host_evaluates",
      "host_needs_response",
      "host_readable",
      "host_text",
    ]);
    await attach(host, { host: { ...issueOptions, expressions: { needs_response: "nm_id is null" } } });
    expect(await functions()).toEqual(["host_evaluates", "host_needs_response"]);
    expect(
      await host.sql`select count(*)::int as n from predraft.interactions where draft_state <> 'closed'`,
    ).toEqual([{ n: 1 }]);
    await attach(host);
    expect(await functions()).toEqual([]);
    await detach(host, { dropDrafts: true });
    expect(await catalogue(host.sql)).toEqual(before);
  });
});
