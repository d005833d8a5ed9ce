import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { migrate } from "../../db/migrate/migrate.ts";
import { runCli } from "../helpers/cli.ts";
import { mappingOf, withForeignHost } from "../helpers/foreign-host.ts";
import { withLoginRole } from "../helpers/login-role.ts";
import { test as rigged } from "../helpers/rig.ts";
import { test } from "../helpers/test.ts";
import { productCache, threadedHost } from "../helpers/threaded-host.ts";

async function seller(url: string, ...args: readonly string[]) {
  const command = runCli(["seller", ...args], { DATABASE_URL: url });
  const code = await command.ended;
  return { code, out: command.out(), err: command.err() };
}

test("what is named is set, the rest stays, and what acts is printed", { timeout: 60_000 }, async ({
  db: { url, sql },
}) => {
  const first = await seller(
    url,
    "set",
    "1",
    "--tone",
    "friendly",
    "--signature",
    " Команда\n«Лён» ",
    "--chats",
    "off",
  );
  expect(first).toMatchObject({ code: 0, err: "" });
  const second = await seller(url, "set", "1", "--time-zone", "asia/yekaterinburg", "--reviews", "no");
  expect(second.out).toBe(
    [
      "Seller 1  no interaction of this seller is there",
      "  tone           friendly  (set here)",
      "  signature      Команда «Лён»  (set here)",
      "  own rules      none  (default)",
      "  time zone      Asia/Yekaterinburg",
      "  drafts         on: reviews off, questions on, chats off",
      "",
    ].join("\n"),
  );
  const third = await seller(
    url,
    "set",
    "1",
    "--clear-signature",
    "--clear-tone",
    "--clear-time-zone",
    "--enabled",
    "off",
  );
  expect(third.out).toMatch(/tone +neutral {2}\(default\)\n +signature +none {2}\(default\)/);
  expect(third.out).toMatch(/time zone +Europe\/Moscow\n +drafts +off, on demand only/);
  const rows =
    await sql`select tone, signature, enabled, review_enabled, question_enabled from predraft.seller_settings`;
  expect(rows).toEqual([
    { tone: null, signature: null, enabled: false, review_enabled: false, question_enabled: true },
  ]);
});

test("rules come from a file as well", { timeout: 60_000 }, async ({ db: { url } }) => {
  const directory = await mkdtemp(join(tmpdir(), "seller-"));
  try {
    await writeFile(join(directory, "rules.txt"), "\nПромокод ЛЁН10 на повторный заказ.\r\nБез смайлов.\n");
    const { out } = await seller(url, "set", "1", "--own-rules-file", join(directory, "rules.txt"));
    expect(out).toContain(
      "own rules      Промокод ЛЁН10 на повторный заказ.\n                 Без смайлов.  (set here)",
    );
  } finally {
    await rm(directory, { recursive: true });
  }
});

test("a row of ours made for the time zone alone leaves the host's voice, and each part can be set or emptied", {
  timeout: 60_000,
}, async ({ attached: { url, sql } }) => {
  await sql.unsafe(productCache);
  await migrate({ url, host: threadedHost });
  await sql`
    insert into public.runtime_settings (key, value)
    values ('ai_settings_v1:seller:7', '{"tone": "formal", "signature": "Хозяин", "rules": "Коротко"}')`;
  const theirs = await seller(url, "set", "7", "--time-zone", "Asia/Omsk");
  expect(theirs.out).toMatch(
    /formal {2}\(the host's\)\n.*Хозяин {2}\(the host's\)\n.*Коротко {2}\(the host's\)\n.*Asia\/Omsk/,
  );
  const ours = await seller(url, "set", "7", "--tone", "neutral", "--signature", "");
  expect(ours.out).toMatch(
    /neutral {2}\(set here\)\n.*none, whatever the host says {2}\(set here\)\n.*Коротко/,
  );
  const back = await seller(url, "set", "7", "--clear-tone", "--clear-signature");
  expect(back.out).toMatch(/formal {2}\(the host's\)\n.*Хозяин/);
});

test("a seller whose id is a UUID", { timeout: 60_000 }, async () => {
  const ddl =
    "create table public.interactions (id uuid primary key, seller_id uuid not null, channel text, text text, status text, needs_response boolean, metadata jsonb)";
  await withForeignHost(ddl, async ({ url }) => {
    await migrate({ url, host: mappingOf({ keys: { id: "uuid", seller_id: "uuid" } }) });
    const id = "7b0c1d2e-0000-4000-8000-00000000abcd";
    expect((await seller(url, "set", id, "--tone", "formal")).out).toContain("formal  (set here)");
    expect((await seller(url, "show", "17")).err).toContain("a UUID");
  });
});

test.for([
  [["set", "1"], "Nothing was given to set"],
  [["set", "один", "--tone", "formal"], "That is no seller's id"],
  [["set", "99999999999999999999", "--tone", "formal"], "That is no seller's id"],
  [["set", "1", "--tone", "pirate"], "Allowed choices are formal, neutral, friendly"],
  [["set", "1", "--time-zone", "Europe/Moskow"], "Did you mean Europe/Moscow?"],
  [["set", "1", "--time-zone", "yekaterinburg"], "Did you mean Asia/Yekaterinburg?"],
  [["set", "1", "--time-zone", "Марс"], "Give a name such as"],
  [["set", "1", "--time-zone", "posix/Europe/Moscow"], "knows no such time zone"],
  [["set", "1", "--signature", "Звоните 8 916 123-45-67"], "holds a phone"],
  [["set", "1", "--signature", "Наш сайт lyon.ru"], "Marketplaces forbid contacts"],
  [["set", "1", "--signature", "Л".repeat(201)], "The signature has 201 characters"],
  [["set", "1", "--own-rules", "п".repeat(2_501)], "At most 2500"],
  [["set", "1", "--own-rules-file", "/nowhere/rules.txt"], "cannot be read"],
  [["set", "1", "--reviews", "maybe"], "Write on or off"],
  [["set", "1", "--tone", "formal", "--clear-tone"], "cannot be used with"],
  [["set", "1", "--own-rules", "а", "--own-rules-file", "b"], "cannot be used with"],
] as const)(
  "case %#: what cannot be set is refused with what to do",
  { timeout: 60_000 },
  async ([args, message], { db: { url, sql } }) => {
    const { code, err } = await seller(url, ...args);
    expect(err).toContain(message);
    expect(code).toBe(1);
    expect(await sql`select from predraft.seller_settings`).toHaveLength(0);
  },
);

test("a worker's role is told that it may not", { timeout: 60_000 }, async ({ attached }) => {
  await withLoginRole(attached, ["predraft_worker"], async ({ url }) => {
    for (const args of [
      ["set", "1", "--tone", "formal"],
      ["show", "1"],
    ]) {
      const { code, err } = await seller(url, ...args);
      expect(err).toContain("may not read or change sellers' settings");
      expect(code).toBe(1);
    }
  });
});

rigged("a channel that is switched on again is drafted at once", { timeout: 60_000 }, async ({ rig }) => {
  expect((await seller(rig.db.url, "set", "1", "--questions", "off")).code).toBe(0);
  await rig.start();
  const id = await rig.insert();
  await rig.idle();
  expect(await rig.draft(id)).toBeNull();
  expect((await seller(rig.db.url, "set", "1", "--questions", "on")).out).toContain("questions on");
  await rig.drafted(id);
});
