import { describe, expect } from "vitest";
import type { AttachOptions } from "../../src/attach/facts.ts";
import { examine } from "../../src/doctor/examine.ts";
import { attach, type HostDatabase, issueOptions, test } from "./fixtures.ts";

const health = async ({ sql }: HostDatabase) =>
  (await sql`select "check", ok, detail from predraft.health where "check" like 'reading %' order by 1`).map(
    ({ check, ok, detail }) => `${check} ${ok ? "ok" : "NOT OK"}: ${detail}`,
  );
const doctor = async ({ url }: HostDatabase, check: string) =>
  (await examine({ url, directUrl: url })).findings
    .filter((finding) => finding.check === check)
    .map(({ level, what, todo }) => `${level}: ${what}${todo === undefined ? "" : ` → ${todo}`}`);
const options = (more: Partial<AttachOptions>): AttachOptions => ({ ...issueOptions, ...more });

const addChat = (host: HostDatabase, ...directions: string[]) => host.sql`
  with chat as (insert into public.chats (seller_id, external_chat_id) values (1, ${`c-${Math.random()}`}) returning id),
  interaction as (
    insert into public.interactions (seller_id, marketplace, channel, external_id, text, metadata, occurred_at)
    select 1, 'wildberries', 'chat', 'chat ' || id, 'Да?', json_build_object('chat_id', id), now() from chat)
  insert into public.messages (chat_id, external_message_id, direction, text, sent_at)
  select chat.id, 'm-' || nth, direction, 'Личное', now() from chat, unnest(${directions}::text[]) with ordinality d(direction, nth)`;

describe("what attach assumed is compared with the rows as they come", () => {
  test("directions that are read rightly are ok, and said to be assumed", async ({ host }) => {
    await host.sql`delete from public.messages`;
    await attach(host);
    expect(await health(host)).toEqual([]);
    await addChat(host, "incoming", "outgoing", "incoming");
    const said = "assumed at attach; read as the buyer's: incoming (2); as the seller's: outgoing (1)";
    expect(await health(host)).toEqual([`reading directions ok: ${said}`]);
    expect(await doctor(host, "directions")).toEqual([`ok: ${said}`]);
  });

  test("words that nobody knows, or that can be either, are not ok: health and doctor say what to do", async ({
    host,
  }) => {
    await host.sql`delete from public.messages`;
    await attach(host);
    await addChat(host, "person", "shop");
    const todo = "run attach again with --incoming and the word of the buyer's lines";
    const wrong = "assumed at attach; read as the buyer's: none; as the seller's: ";
    expect((await health(host))[0]).toMatch(/^reading directions NOT OK: .*the buyer's: none/);
    await host.sql`delete from public.messages`;
    await addChat(host, "user", "user", "agent");
    expect(await health(host)).toEqual([`reading directions NOT OK: ${wrong}user (2), agent (1): ${todo}`]);
    expect(await doctor(host, "directions")).toEqual([`problem: ${wrong}user (2), agent (1) → ${todo}`]);
    await attach(host, { host: options({ incoming: ["user"] }) });
    expect(await health(host)).toEqual([
      "reading directions ok: read as the buyer's: user (2); as the seller's: agent (1)",
    ]);
  });

  test("a line of another word, which may be a name or a text, is counted and not shown", async ({
    host,
  }) => {
    await attach(host);
    await host.sql`delete from public.messages`;
    await host.sql`alter table public.messages alter column direction type text`;
    await addChat(host, "Иванова Анна Петровна", "out");
    expect((await health(host))[0]).toContain("another text (1)");
  });

  test("channels and statuses that mean nothing are counted, and an expression that fails is told", async ({
    host,
  }) => {
    await attach(host, {
      host: options({ expressions: { text: "text || (1 / (length(text) - 2))::text" } }),
    });
    expect((await health(host)).filter((line) => !line.includes("directions"))).toEqual([]);
    await host.sql`insert into public.interactions (seller_id, marketplace, channel, external_id, text, status, occurred_at) values
      (1, 'w', 'letter', 'l-1', 'Да', 'open', now()), (1, 'w', 'letter', 'l-2', 'Дальше', 'escalated', now())`;
    expect((await health(host)).filter((line) => !line.includes("directions"))).toEqual([
      expect.stringMatching(/^reading channel NOT OK: .*letter \(1\): .*--value channel:theirs=ours/),
      expect.stringMatching(/^reading expressions NOT OK: 1 of the newest interactions are left alone/),
      expect.stringMatching(/^reading status ok: .*escalated \(1\): .*--value status:theirs=ours/),
    ]);
  });
});

describe("settings that appear after attach", () => {
  test("by seller act at once", async ({ host }) => {
    await host.sql`delete from public.runtime_settings`;
    await attach(host);
    const tone = async () =>
      (await host.sql`select predraft.seller_voice(2) ->> 'tone' as tone`)[0]?.["tone"] as string;
    expect(await tone()).toBe("neutral");
    await host.sql`insert into public.runtime_settings (key, value) values
      ('sync:seller:2', '5'), ('ai_settings_v1:seller:2', '{"tone": "formal"}'), ('ai_settings_v1:seller:22', '{"tone": "friendly"}')`;
    expect(await tone()).toBe("formal");
  });

  test("in a table that was not there are told by doctor, and read after another attach", async ({
    host,
  }) => {
    await host.sql`alter table public.runtime_settings rename to later`;
    await attach(host);
    expect(await doctor(host, "settings")).toEqual(["ok: all parse"]);
    await host.sql`alter table public.later rename to runtime_settings`;
    expect(await doctor(host, "settings")).toEqual([
      expect.stringMatching(
        /^warning: public\.runtime_settings has come after attach and is not read.* → run attach again/,
      ),
      "ok: all parse",
    ]);
    await attach(host);
    await host.sql`insert into public.runtime_settings (key, value) values ('ai_draft_daily_limit', '7')`;
    expect(await host.sql`select predraft.setting('ai_draft_daily_limit') as v`).toEqual([{ v: "7" }]);
  });
});

test("a product's key may be text on both sides", async ({ host }) => {
  await host.sql.unsafe(`
    alter table public.product_cache alter column nm_id type varchar(32);
    alter table public.interactions alter column nm_id type varchar(32)`);
  await attach(host);
  const name = async () => {
    const [row] = await host.sql`select predraft.product(i.seller_id, i.nm_id, i.id) ->> 'name' as name
      from predraft.interactions i where i.external_id = 'q-1'`;
    return row?.["name"] as string | null;
  };
  expect(await name()).toBe("Рубашка");
  await host.sql`insert into public.product_cache (nm_id, name) values ('007', 'Плащ'), ('SKU-12', 'Шарф')`;
  for (const [key, expected] of [
    ["007", "Плащ"],
    [" SKU-12 ", "Шарф"],
    ["7", null],
    ["", null],
  ] as const) {
    await host.sql`update public.interactions set nm_id = ${key} where external_id = 'q-1'`;
    expect(await name(), key).toBe(expected);
  }
});
