import { describe, expect } from "vitest";
import { jobs } from "../../helpers/jobs.ts";
import { addInteraction, addInteractions, type Client, show } from "../../helpers/rows.ts";
import { test } from "../../helpers/test.ts";

const set = (sql: Client, key: string, value: string) =>
  sql`insert into public.runtime_settings (key, value) values (${key}, ${value}) on conflict (key) do update set value = excluded.value`;

const quietUntil = async (sql: Client, id: string): Promise<Date | undefined> =>
  (
    await sql`
      select written_at + predraft.setting('ai_draft_debounce_seconds')::float8 * interval '1 second' as until
      from predraft.debounces where interaction_id = ${id}`
  )[0]?.["until"];

describe("ai_draft_debounce_seconds", () => {
  test("puts a chat's job off until its buyer has been quiet; each further line pushes it back", async ({
    db,
  }) => {
    const { sql } = db;
    await set(sql, "ai_draft_debounce_seconds", "60");
    const id = await addInteraction(sql, {
      channel: "chat",
      last_message_text: "Здравствуйте",
      last_message_at: new Date(),
    });
    const first = await quietUntil(sql, id);
    expect((await jobs(sql)).map((job) => job.runAt)).toEqual([first]);

    await sql`update public.interactions set last_message_text = 'Где заказ?' where id = ${id}`;

    const second = await quietUntil(sql, id);
    expect(second?.getTime()).toBeGreaterThan(first?.getTime() as number);
    expect((await jobs(sql)).map((job) => job.runAt)).toEqual([first, second]);
  });

  test("holds for lines that come through messages", async ({ db }) => {
    const { sql } = db;
    await set(sql, "ai_draft_debounce_seconds", "60");
    const id = await addInteraction(sql, { channel: "chat", text: null });
    await sql`insert into public.messages (interaction_id, external_id, direction, text, sent_at) values (${id}, 'm', 'in', 'Где заказ?', now())`;
    const last = (await jobs(sql)).at(-1);
    expect(last?.runAt).toEqual(await quietUntil(sql, id));
  });

  test("concerns neither reviews and questions, nor what is not new, nor anybody while it is 0", async ({
    db,
  }) => {
    const { sql } = db;
    const early = await addInteraction(sql, { channel: "chat" });
    expect(await quietUntil(sql, early)).toBeUndefined();
    await set(sql, "ai_draft_debounce_seconds", "60");
    const others = await addInteractions(sql, 2, (n) => ({ channel: n === 0 ? "review" : "question" }));
    await sql`update public.interactions set subject = 'x', priority = 'high' where id = ${early}`;
    for (const id of [early, ...others]) expect(await quietUntil(sql, id)).toBeUndefined();
    expect((await jobs(sql)).every((job) => job.runAt.getTime() < Date.now())).toBe(true);
  });

  test("is told to decide(), and only while it is set", async ({ db }) => {
    const { sql } = db;
    await set(sql, "ai_draft_debounce_seconds", "60");
    const id = await addInteraction(sql, { channel: "chat" });
    const left = async () =>
      (await sql`select predraft.draft_context(${id}, 'p', 'pregenerate') -> 'debouncedForMs' as left`)[0]?.[
        "left"
      ];
    expect(await left()).toBeGreaterThan(0);
    await set(sql, "ai_draft_debounce_seconds", "0");
    expect(await left()).toBeNull();
  });

  test("is as long as the setting says now, whatever it said when the line came", async ({ db }) => {
    const { sql } = db;
    await set(sql, "ai_draft_debounce_seconds", "3600");
    const id = await addInteraction(sql, { channel: "chat" });
    const left = async () =>
      (await sql`select extract(epoch from predraft.debounced_until(${id}) - now())::float8 as left`)[0]?.[
        "left"
      ];
    expect(await left()).toBeGreaterThan(3_500);
    await set(sql, "ai_draft_debounce_seconds", "60");
    expect(await left()).toBeLessThan(61);
    await sql`update predraft.debounces set written_at = written_at - interval '61 seconds'`;
    expect(await left()).toBeNull();
  });

  test("is over once the server's clock has been set back behind the line", async ({ db }) => {
    const { sql } = db;
    await set(sql, "ai_draft_debounce_seconds", "60");
    const id = await addInteraction(sql, { channel: "chat" });
    await sql`update predraft.debounces set written_at = now() + interval '1 hour'`;
    expect(await sql`select predraft.debounced_until(${id}) as until`).toEqual([{ until: null }]);
  });

  test("goes with its interaction", async ({ db }) => {
    const { sql } = db;
    await set(sql, "ai_draft_debounce_seconds", "60");
    const id = await addInteraction(sql, { channel: "chat" });
    await sql`delete from public.interactions where id = ${id}`;
    await sql`select predraft.drain_misses()`;
    expect(await quietUntil(sql, id)).toBeUndefined();
  });

  test("that cannot be recorded is a miss, and the host's statement goes through", async ({ db }) => {
    const { sql } = db;
    await set(sql, "ai_draft_debounce_seconds", "60");
    await sql.unsafe(
      "alter table predraft.debounces add constraint broken check (written_at < '2000-01-01')",
    );
    const id = await addInteraction(sql, { channel: "chat" });
    expect((await show(sql, id)).state).not.toBe("ready");
    expect(await sql`select reason from predraft.enqueue_misses`).toEqual([{ reason: "enqueue 23514" }]);
  });
});
