import type { Sql } from "../../db/client/connect.ts";
import type { Priority } from "../domain/brief.ts";
import type { WholeBrief } from "../drafts/build-brief.ts";
import { type Labelled, lastWords } from "./labelled-set.ts";

/** What the rules of a migrated database say of each: its cues and its priority, as a worker on that database would have them. */
export async function applyRules(sql: Sql, items: readonly Labelled[]): Promise<Labelled[]> {
  const ruled: Labelled[] = [];
  for (const item of items) ruled.push({ ...item, brief: await ruledBrief(sql, item.brief), ruled: true });
  return ruled;
}

async function ruledBrief(sql: Sql, brief: WholeBrief): Promise<WholeBrief> {
  const words = lastWords(brief);
  const [row] = await sql<{ cues: string[]; priority: Priority }[]>`
    select predraft.cues(${words}) as cues,
      predraft.rule_priority(${brief.channel}, ${brief.rating}::int, ${words}) as priority`;
  return { ...brief, ...(row as { cues: string[]; priority: Priority }) };
}
