import { describe, expect } from "vitest";
import type { AttachOptions } from "../../../src/attach/facts.ts";
import { inspect } from "../../../src/attach/inspect.ts";
import { resolve } from "../../../src/attach/mapping/resolve.ts";
import { parseColumn, parseRelation, similar } from "../../../src/attach/names.ts";
import { attach, detach, type HostDatabase, issueOptions, test } from "../fixtures.ts";

const judge = async (host: HostDatabase, options: Partial<AttachOptions> = {}) => {
  const given = { ...issueOptions, ...options };
  const { mapping, lines, advice } = resolve(await inspect(host.sql, given), given);
  const about = (subject: string) =>
    lines.filter((line) => line.subject === subject).map(({ level, text }) => `${level}: ${text}`);
  return {
    mapping,
    about,
    advice,
    problems: lines.filter(({ level }) => level === "problem").map(({ subject }) => subject),
  };
};

describe("names", () => {
  test("are read as Postgres reads them", () => {
    expect(parseRelation("Interactions", "--table")).toEqual({ schema: "public", name: "interactions" });
    expect(parseRelation('Crm."Inter Actions"', "--table")).toEqual({ schema: "crm", name: "Inter Actions" });
    expect(parseRelation('"a.b"."say ""hi"""', "--table")).toEqual({ schema: "a.b", name: 'say "hi"' });
    expect(parseColumn('"metaData"', "--metadata-column")).toBe("metaData");
    for (const wrong of ["", "a.b.c", "a b", '"a', "a.", ".a", 'a"b"']) {
      expect(() => parseRelation(wrong, "--table")).toThrow(/--table: .*is no table name/);
    }
    expect(() => parseColumn("a.b", "--column")).toThrow(/is no column name/);
  });

  test("that are near are offered, others not", () => {
    expect(similar("interactoins", ["sellers", "interactions"])).toEqual(["interactions"]);
    expect(similar("interactions", ["Interactions_old", "interactions"])).toEqual([
      "interactions",
      "Interactions_old",
    ]);
    expect(similar("text", ["body_text", "rating"])).toEqual(["body_text"]);
  });
});

describe("a table that cannot be attached", () => {
  test("is not there: similar names are offered", async ({ host }) => {
    await expect(judge(host, { table: { schema: "public", name: "interaction" } })).rejects.toMatchObject({
      code: "attach_table_missing",
      hint: expect.stringContaining("public.interactions"),
    });
    await expect(judge(host, { table: { schema: "crm", name: "interactions" } })).rejects.toMatchObject({
      hint: expect.stringContaining("public.interactions"),
    });
  });

  test("has no json where it was said to be: the ones it has are named", async ({ host }) => {
    await expect(judge(host, { documentColumn: "subject" })).rejects.toMatchObject({
      code: "attach_document_unusable",
      message: expect.stringContaining("subject is character varying"),
      hint: expect.stringContaining("metadata"),
    });
    await expect(judge(host, { documentColumn: "extra" })).rejects.toMatchObject({
      message: expect.stringContaining("has no column extra"),
    });
  });

  test("is another one than predraft is attached to", async ({ host }) => {
    await host.sql`create table public.other (like public.interactions including all)`;
    await attach(host);
    await expect(
      attach(host, { host: { ...issueOptions, table: { schema: "public", name: "other" } } }),
    ).rejects.toMatchObject({ code: "attach_elsewhere" });
  });

  test("has no unique id, a wrong type, a missing column: all is told at once, and nothing is changed", async ({
    host,
  }) => {
    await host.sql`alter table public.interactions drop constraint interactions_pkey, alter column needs_response drop default,
      alter column needs_response type varchar using needs_response::text, drop column status`;
    expect((await judge(host)).problems.toSorted()).toEqual(["id", "needs_response", "status"]);
    await expect(attach(host)).rejects.toMatchObject({
      code: "attach_unfit",
      message: expect.stringContaining("3 things stand"),
    });
    expect(await host.sql`select to_regnamespace('predraft') as there`).toEqual([{ there: null }]);
  });

  test("is a view, or has row security that holds for this role", async ({ host }) => {
    await host.sql`create view public.shown as select * from public.interactions`;
    expect((await judge(host, { table: { schema: "public", name: "shown" } })).about("table")).toEqual([
      expect.stringMatching(/^problem: .* is a view/),
    ]);
  });

  test("is one on which this role lacks rights: the grant is told", async ({ host }) => {
    const name = `poor_${Date.now()}_${process.pid}`;
    await host.sql.unsafe(
      `create role ${name} login; grant select on all tables in schema public to ${name}; alter table public.interactions enable row level security`,
    );
    try {
      await host.sql.begin(async (tx) => {
        await tx.unsafe(`set local role ${name}`);
        const inspection = await inspect(tx as never, issueOptions);
        const lines = resolve(inspection, issueOptions).lines.filter(({ level }) => level === "problem");
        expect(lines.map(({ text }) => text)).toEqual([
          expect.stringContaining("no right to trigger on public.runtime_settings"),
          expect.stringContaining("may create no schema here"),
          expect.stringMatching(/lacks update, trigger: grant update, trigger on "public"\."interactions"/),
          expect.stringContaining("policies hold for this role"),
        ]);
      });
    } finally {
      await host.sql.unsafe(`drop owned by ${name}; drop role ${name}`);
    }
  });
});

describe("other hosts", () => {
  test("mixed case, spaces, another schema, other names, uuid keys, jsonb and no settings: attached, used and detached", async ({
    empty: host,
  }) => {
    await host.sql.unsafe(`
      create schema "My CRM";
      create type "My CRM".kind as enum ('review', 'question', 'chat');
      create domain "My CRM".words as text;
      create table "My CRM"."Inter Actions" (
        id uuid primary key default gen_random_uuid(), "sellerId" uuid not null, channel "My CRM".kind not null, "Body $1" "My CRM".words,
        status text not null default 'open', "needsResponse" boolean not null default true, occurred_at timestamp, "Meta Data" jsonb)`);
    const options: AttachOptions = {
      table: parseRelation('"My CRM"."Inter Actions"', "--table"),
      documentColumn: "Meta Data",
      columns: { text: "Body $1" },
      nameKeys: ["имя"],
    };
    const { mapping, about } = await judge(host, options);
    expect(mapping).toMatchObject({
      keys: { id: "uuid", seller_id: "uuid" },
      columns: { seller_id: "sellerId", text: "Body $1", needs_response: "needsResponse" },
      customer_name_keys: ["имя"],
      settings: { schema: "predraft", name: "runtime_settings" },
      messages: null,
    });
    expect(about("occurred_at")).toContainEqual("note: occurred_at says no time zone: read as UTC");
    const insert =
      () => host.sql`insert into "My CRM"."Inter Actions" ("sellerId", channel, "Body $1", occurred_at, "Meta Data")
      values (gen_random_uuid(), 'question', 'Какой размер?', now(), '{"имя": "Анна", "last_ai_draft": {"text": "M"}}')`;
    await insert();
    expect(await attach(host, { host: options, yes: true })).toMatch(/1 drafts that were there/);
    await insert();
    const [row] =
      await host.sql`select count(*)::int as n, count(*) filter (where draft_state = 'ready')::int as ready from predraft.interactions`;
    expect(row).toEqual({ n: 2, ready: 1 });
    await attach(host, { host: options });
    await detach(host, { dropDrafts: true });
    expect(
      await host.sql`select "Meta Data" from "My CRM"."Inter Actions" where "Meta Data" ? 'last_ai_draft'`,
    ).toEqual([{ "Meta Data": { имя: "Анна", last_ai_draft: { text: "M", sla_priority: "normal" } } }]);
  });

  test("partitioned by time, with a late trigger and odd values: attached, with warnings", async ({
    empty: host,
  }) => {
    await host.sql.unsafe(`
      create table public.interactions (
        id bigint not null, seller_id bigint not null, channel text not null, text text, status text default 'open', priority text,
        needs_response boolean default true, occurred_at timestamptz not null, metadata jsonb, primary key (id, occurred_at)
      ) partition by range (occurred_at);
      create table public.interactions_1 partition of public.interactions for values from ('2000-01-01') to ('2100-01-01');
      create function public.late() returns trigger language plpgsql as $$ begin return new; end $$;
      create trigger zzz_late before update on public.interactions for each row execute function public.late();
      insert into public.interactions values (1, 1, 'letter', 'x', 'open', 'p1', true, now(), '[]')`);
    const { mapping, about, problems } = await judge(host);
    expect(problems).toEqual([]);
    expect(mapping).not.toBeNull();
    expect(about("id")).toContainEqual(
      expect.stringMatching(/^warning: unique only together with occurred_at/),
    );
    expect(about("table")).toEqual([expect.stringMatching(/^warning: partitioned \(1 partitions\)/)]);
    expect(about("trigger")).toEqual([
      expect.stringMatching(/^warning: zzz_late, before update: fires after zz_predraft/),
    ]);
    expect(about("channel")).toContainEqual(expect.stringMatching(/^warning: holds letter/));
    expect(about("priority")).toContainEqual(expect.stringMatching(/^warning: holds p1/));
    expect(about("document")).toContainEqual(
      expect.stringMatching(/^note: 1 of the newest documents are no JSON objects/),
    );
    const letters = { ...issueOptions, values: { channel: { letter: "chat" } } };
    await expect(attach(host, { yes: true })).rejects.toMatchObject({ code: "attach_undecided" });
    await attach(host, { host: letters, yes: true });
    await detach(host);
    expect(await host.sql`select from pg_trigger where tgname like '%predraft%'`).toHaveLength(0);
  });

  test("side tables by name, a document jsonb cannot hold, a document key that is no chat's", async ({
    host,
  }) => {
    await host.sql.unsafe(`
      alter table public.messages rename to lines;
      alter table public.lines drop constraint messages_chat_id_external_message_id_key;
      insert into public.interactions (seller_id, marketplace, channel, external_id, metadata) values (1, 'w', 'question', 'odd', '{"a": "\\u0000", "user_name": "\\ud800"}')`);
    const named = await judge(host, { messages: { schema: "public", name: "lines" } });
    expect(named.mapping?.messages).toMatchObject({
      table: { name: "lines" },
      thread_of: { document_key: "chat_id" },
    });
    expect(named.advice).toEqual([
      expect.stringMatching(/^create index concurrently on "public"\."lines" \("chat_id"\)/),
    ]);
    expect((await judge(host)).mapping?.messages).toBeNull();
    expect((await judge(host, { messages: { schema: "public", name: "no" } })).problems).toEqual([
      "messages",
    ]);
    await host.sql`update public.interactions set metadata = '{"chat_id": "wb-17"}' where external_id = 'c-1'`;
    expect((await judge(host, { messages: { schema: "public", name: "lines" } })).problems).toEqual([
      "messages",
    ]);
    expect((await judge(host, { columns: { textt: "text" } })).problems).toEqual(["--column textt"]);
    expect((await judge(host, { columns: { text: "texts" } })).about("text")).toEqual([
      expect.stringMatching(/there is no column texts \(perhaps text\)/),
    ]);
  });

  test("messages are watched if the operator says so, and not where no trigger can be put", async ({
    host,
  }) => {
    const silent = await judge(host);
    expect(silent.mapping?.messages).not.toHaveProperty("watch");
    expect(silent.about("watch")).toEqual([expect.stringMatching(/^note: .*--watch-messages/)]);
    const asked = await judge(host, { watchMessages: true });
    expect(asked.mapping?.messages).toMatchObject({ watch: true });
    expect(asked.about("watch")).toEqual([expect.stringMatching(/^ok: a trigger on public\.messages/)]);
    await host.sql.unsafe(
      "alter table public.messages rename to kept; create view public.messages as select * from public.kept",
    );
    expect((await judge(host, { watchMessages: true })).problems).toEqual(["watch"]);
    await host.sql.unsafe("drop view public.messages");
    expect((await judge(host, { watchMessages: true })).problems).toEqual(["watch"]);
  });
});
