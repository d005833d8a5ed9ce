import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type postgres from "postgres";
import { describe, expect } from "vitest";
import { catalogue } from "../../helpers/catalogue.ts";
import { runCli } from "../../helpers/cli.ts";
import { until } from "../../helpers/until.ts";
import { detach, test } from "../fixtures.ts";

/** A real application, what its fixture holds, and what predraft should make of it. */
interface RealHost {
  readonly name: string;
  readonly fixture: string;
  readonly table: string;
  readonly document: string;
  /** Ids of the interactions that wait for an answer. */
  readonly waiting: readonly number[];
  /** The chat with id `of`: its lines, as `direction text`. */
  readonly chat: { readonly of: number; readonly lines: readonly string[] };
  /** What `predraft.interactions` says of the first that waits. */
  readonly read: Readonly<Record<string, unknown>>;
  /** A statement of the application's that answers the first. */
  readonly answer: string;
}

const hosts: readonly RealHost[] = [
  {
    name: "Chatwoot",
    fixture: "chatwoot.sql",
    table: "public.conversations",
    document: "custom_attributes",
    waiting: [1],
    chat: {
      of: 1,
      lines: ["in Здравствуйте, где мой заказ?", "out Проверяем.", "in Уже третий день проверяете."],
    },
    read: { channel: "chat", priority: "urgent", status: "open", seller_id: 1 },
    answer: "update public.conversations set waiting_since = null, last_activity_at = now() where id = 1",
  },
  {
    name: "Prisma",
    fixture: "prisma.sql",
    table: 'public."Ticket"',
    document: '"metadata"',
    waiting: [1, 2],
    chat: { of: 2, lines: ["in Добрый день", "out Слушаю вас", "in Где заказ?"] },
    read: {
      channel: "review",
      priority: "high",
      status: "open",
      nm_id: "100200",
      rating: 1,
      text: "Порвалась молния",
    },
    answer: `update public."Ticket" set "status" = 'ANSWERED' where "id" = 1`,
  },
  {
    name: "Django",
    fixture: "django.sql",
    table: "public.helpdesk_ticket",
    document: "predraft",
    waiting: [1, 2],
    chat: { of: 1, lines: ["out Проверяем на складе.", "in Есть новости?"] },
    read: { channel: "chat", priority: "urgent", text: "Где мой заказ?", subject: "Заказ", seller_id: "1" },
    answer: "update public.helpdesk_ticket set status = 3, modified = now() where id = 1",
  },
];

/** The command line that docs/attach.md has for this application, as a shell would read it. */
async function documented(name: string): Promise<string[]> {
  const docs = await readFile(fileURLToPath(new URL("../../../docs/attach.md", import.meta.url)), "utf8");
  const [, block] =
    new RegExp(`### ${name}[\\s\\S]*?npm run predraft -- ([\\s\\S]*?)\`\`\``).exec(docs) ?? [];
  if (block === undefined) throw new Error(`docs/attach.md has no command line for ${name}`);
  const words = block.replaceAll("\\\n", " ").match(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g) ?? [];
  return words.map((word) =>
    word.replaceAll(/'([^']*)'|"([^"]*)"/g, (_, single, double) => single ?? double),
  );
}

const documents = (sql: postgres.Sql, { table, document }: RealHost) =>
  sql.unsafe<{ id: number; document: { last_ai_draft?: unknown } | null }[]>(
    `select id, ${document} as document from ${table} order by id`,
  );

describe.each(hosts)("$name", (real) => {
  test("is attached as docs/attach.md says, drafts what waits and nothing else, and detaches without a trace", {
    timeout: 120_000,
  }, async ({ empty: host }) => {
    await host.sql.file(fileURLToPath(new URL(real.fixture, import.meta.url)));
    const before = {
      catalogue: await catalogue(host.sql),
      documents: [...(await documents(host.sql, real))],
    };
    const env = { DATABASE_URL: host.url, LLM_PROVIDER: "offline" };
    const attached = runCli([...(await documented(real.name)), "--yes"], env);
    expect({ code: await attached.ended, err: attached.err() }).toEqual({ code: 0, err: "" });
    expect(attached.out()).toContain(`${real.waiting.length} jobs added`);

    const [first] =
      await host.sql`select * from predraft.interactions where id = ${real.waiting[0] as number}`;
    expect(first).toMatchObject(real.read);
    const [row] = await host.sql`select predraft.thread(${real.chat.of}) as lines`;
    expect(
      row?.["lines"].map((line: { direction: string; text: string }) => `${line.direction} ${line.text}`),
    ).toEqual(real.chat.lines);

    const worker = runCli(["worker"], env);
    const drafted = async () =>
      (await documents(host.sql, real)).filter((d) => d.document?.last_ai_draft).map(({ id }) => id);
    await until(async () => (await drafted()).length >= real.waiting.length, {
      what: "what waits has drafts",
      timeoutMs: 60_000,
    });
    expect(await drafted()).toEqual(real.waiting);
    await host.sql.unsafe(real.answer);
    await until(
      async () =>
        (await host.sql`select from graphile_worker.jobs where task_identifier = 'generate_draft'`).length ===
        0,
      { what: "no job is left", timeoutMs: 30_000 },
    );
    const [answered] =
      await host.sql`select draft_state from predraft.interactions where id = ${real.waiting[0] as number}`;
    expect(answered).toEqual({ draft_state: "closed" });
    expect(await host.sql`select reason from predraft.enqueue_misses`).toEqual([]);

    worker.child.kill("SIGTERM");
    expect(await worker.ended).toBe(0);
    await detach(host, { dropDrafts: true, force: true });
    expect(await catalogue(host.sql)).toEqual(before.catalogue);
    const after = await documents(host.sql, real);
    expect(after.map(({ document }) => document ?? {})).toEqual(
      before.documents.map(({ document }) => document ?? {}),
    );
  });
});
