import { describe, expect } from "vitest";
import { test } from "../../helpers/test.ts";
import { PRIORITY_CASES, type PriorityCase } from "./priority-cases.ts";

interface Verdict {
  priority: string;
  cues: string[];
}

function mismatch(expected: PriorityCase, got: Verdict | undefined): string[] {
  const wrongCues = expected.cues !== undefined && expected.cues.join() !== got?.cues.join();
  if (got?.priority === expected.priority && !wrongCues) return [];
  const { channel, rating, text, note, priority, cues } = expected;
  const want = `${priority} [${cues?.join(" ") ?? "any"}]`;
  return [
    `${channel} ${rating ?? "-"} ${JSON.stringify(text)} (${note}): want ${want}, got ${got?.priority} [${got?.cues.join(" ")}]`,
  ];
}

describe("the priority rules", () => {
  test("give each case of the table its priority and its cues", async ({ db }) => {
    const verdicts = await db.sql<Verdict[]>`
      select predraft.rule_priority(c ->> 'channel', (c ->> 'rating')::int, c ->> 'text') as priority,
        predraft.cues(c ->> 'text') as cues
      from jsonb_array_elements(${JSON.stringify(PRIORITY_CASES)}::text::jsonb) with ordinality as t(c, n) order by n`;
    expect(verdicts).toHaveLength(PRIORITY_CASES.length);
    expect(PRIORITY_CASES.flatMap((expected, at) => mismatch(expected, verdicts[at]))).toEqual([]);
  });

  test("read the start and the end of a text of a megabyte, and come back", async ({ db }) => {
    const [verdict] = await db.sql`
      select predraft.rule_priority('chat', null, repeat('очень длинно ', 80000) || 'пришёл брак') as at_the_end,
        predraft.rule_priority('chat', null, 'пришёл брак ' || repeat('а', 1000000)) as at_the_start,
        predraft.rule_priority('chat', null, repeat('не ', 350000)) as nowhere`;
    expect(verdict).toEqual({ at_the_end: "urgent", at_the_start: "urgent", nowhere: "normal" });
  });

  test("take the host's word, or the more urgent of both, as the setting says", async ({ db }) => {
    const [verdict] = await db.sql`
      select predraft.effective_priority(' Low ', 'host', 'chat', null, 'Пришёл брак') as host_wins,
        predraft.effective_priority('P1', 'host', 'chat', null, 'Пришёл брак') as none_of_the_four,
        predraft.effective_priority(null, 'host', 'chat', null, 'Пришёл брак') as none_given,
        predraft.effective_priority('low', 'higher_of_both', 'chat', null, 'Пришёл брак') as raised,
        predraft.effective_priority('HIGH', 'higher_of_both', 'review', 5, 'Отлично') as not_lowered,
        predraft.effective_priority('low', null, 'chat', null, 'Пришёл брак') as no_source`;
    expect(verdict).toEqual({
      host_wins: "low",
      none_of_the_four: "urgent",
      none_given: "urgent",
      raised: "urgent",
      not_lowered: "high",
      no_source: "low",
    });
  });

  test("count as the queue's priorities", async ({ db }) => {
    const rows = await db.sql`
      select predraft.priority_rank(p) as rank from unnest(array['urgent', 'high', 'normal', 'low', 'odd', null]) as p`;
    expect(rows.map((row) => row["rank"])).toEqual([0, 10, 20, 30, 30, 30]);
  });
});
