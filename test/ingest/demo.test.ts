import { describe, expect } from "vitest";
import { loadDemo } from "../../src/ingest/demo.ts";
import { test } from "../helpers/test.ts";
import { jobs } from "./lines.ts";

describe("the demo inbox", () => {
  test("has all channels, is younger than 30 days and adds no job when loaded again", async ({
    db: { sql },
  }) => {
    const counts = await loadDemo(sql);
    expect(counts).toMatchObject({ sellers: 3, products: 12, refused: 0 });
    expect(counts.interactions).toBeGreaterThan(95);
    const oldest = sql`select min(occurred_at) > now() - interval '30 days' as young from public.interactions`;
    expect(await oldest).toEqual([{ young: true }]);
    expect(await sql`select distinct channel from public.interactions order by 1`).toEqual([
      { channel: "chat" },
      { channel: "question" },
      { channel: "review" },
    ]);
    const before = await jobs(sql);
    expect(before).toBeGreaterThan(80);

    await loadDemo(sql);
    expect(await jobs(sql)).toBe(before);
  });

  test("holds no text twice and a thread of 40 messages", async ({ db: { sql } }) => {
    await loadDemo(sql);
    const repeated = await sql`
      select text from (select text from public.interactions union all select text from public.messages) as t
       where text <> '' group by text having count(*) > 1`;
    expect(repeated).toEqual([]);
    const [longest] =
      await sql`select count(*)::int from public.messages group by interaction_id order by 1 desc limit 1`;
    expect(longest?.["count"]).toBeGreaterThanOrEqual(40);
  });
});
