import { readFile, writeFile } from "node:fs/promises";
import { connect } from "../../db/client/connect.ts";
import { applyRules } from "../../src/eval/ask.ts";
import { type Labelled, labelledReader } from "../../src/eval/labelled-set.ts";

// After db/sql's rules have changed, writes into each line of a labelled set what they say of it now:
// DATABASE_URL=… node test/eval/annotate.ts eval/interactions.ndjson
const [file] = process.argv.slice(2);
const url = process.env["DATABASE_URL"];
if (file === undefined || url === undefined)
  throw new Error("usage: DATABASE_URL=… node test/eval/annotate.ts FILE");
const sql = connect(url, { max: 1 });
try {
  const lines = (await readFile(file, "utf8")).trimEnd().split("\n");
  const read = labelledReader(new Date());
  const annotated: string[] = [];
  for (const line of lines) {
    const parsed = read(line);
    if ("refused" in parsed) throw new Error(`line ${annotated.length + 1}: ${parsed.refused}`);
    const [item] = (await applyRules(sql, [parsed.item])) as [Labelled];
    const { labels, rules: _before, ...rest } = JSON.parse(line);
    const rules = { cues: item.brief.cues, priority: item.brief.priority };
    annotated.push(JSON.stringify({ ...rest, rules, labels }));
  }
  await writeFile(file, `${annotated.join("\n")}\n`);
} finally {
  await sql.end();
}
