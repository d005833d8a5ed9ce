import { type LineSource, readLines } from "../ingest/split.ts";
import { type Labelled, labelledReader } from "./labelled-set.ts";

/** A line that cannot be used, and why; repeats nothing of it. */
export interface Refusal {
  readonly line: number;
  readonly reason: string;
}

/** A labelled set: its interactions in their order, and the lines that were refused. Empty lines count, and are passed over. */
export async function readSet(
  source: LineSource,
  startedAt: Date,
): Promise<{ readonly items: Labelled[]; readonly refusals: Refusal[] }> {
  const read = labelledReader(startedAt);
  const items: Labelled[] = [];
  const refusals: Refusal[] = [];
  let line = 0;
  for await (const raw of readLines(source)) {
    line += 1;
    if ("text" in raw && raw.text.trim() === "") continue;
    const result = "refused" in raw ? raw : read(raw.text);
    if ("refused" in result) refusals.push({ line, reason: result.refused });
    else items.push(result.item);
  }
  return { items, refusals };
}
