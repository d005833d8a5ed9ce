import { expect } from "vitest";
import type { Client } from "../../helpers/rows.ts";
import { test } from "../../helpers/test.ts";

const draft = (sql: Client, over: Readonly<Record<string, string | number | null>>) => sql`
  insert into predraft.drafts ${sql({
    interaction_id: 1,
    seller_id: 1,
    content_hash: "h",
    text: "…",
    source: "llm",
    outcome: "saved",
    provider: "deepseek",
    request_model: "deepseek-flash",
    input_tokens: 100,
    cached_input_tokens: 60,
    output_tokens: 10,
    cost_usd: "0.00000012",
    created_at: "2026-11-24T12:00:00Z",
    ...over,
  })}`;

test("spending adds up by UTC day, seller and model, the wasted part and the unpriced calls apart", async ({
  db: { sql },
}) => {
  await sql`set time zone 'Asia/Kamchatka'`;
  const unbilled = { input_tokens: null, cached_input_tokens: null, output_tokens: null, cost_usd: null };
  await draft(sql, { created_at: "2026-11-24T00:00:00Z" });
  await draft(sql, { created_at: "2026-11-24T23:59:59Z", outcome: "superseded", cost_usd: "1.00000001" });
  await draft(sql, { outcome: "failed" });
  await draft(sql, { outcome: "failed", ...unbilled });
  await draft(sql, { outcome: "aborted", cost_usd: null });
  await draft(sql, { created_at: "2026-11-25T00:00:00Z" });
  await draft(sql, { seller_id: 2, request_model: "other" });
  await draft(sql, { source: "fallback", fallback_reason: "waiting", provider: null, ...unbilled });
  await draft(sql, { source: "offline", provider: "offline", ...unbilled });

  const rows = await sql`select s.*, s.day::text from predraft.spend_daily s order by s.day, seller_id`;
  expect(rows).toMatchObject([
    {
      day: "2026-11-24",
      seller_id: "1",
      provider: "deepseek",
      model: "deepseek-flash",
      calls: "5",
      failed: "2",
      aborted: "1",
      superseded: "1",
      input_tokens: "400",
      cached_input_tokens: "240",
      output_tokens: "40",
      cost_usd: "1.00000025",
      wasted_usd: "1.00000013",
      unpriced: "1",
    },
    { day: "2026-11-24", seller_id: "2", model: "other", calls: "1", cost_usd: "0.00000012" },
    { day: "2026-11-25", seller_id: "1", calls: "1" },
  ]);
});
