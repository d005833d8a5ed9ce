import { createReadStream } from "node:fs";
import type postgres from "postgres";
import { PredraftError } from "../errors.ts";
import { type IngestCounts, ingest } from "./ingest.ts";

/**
 * Loads the demo inbox: three made-up sellers, their products, and about a hundred reviews, questions and chats of the
 * last three weeks. It may be loaded again; its times then move up to today. Throws if one of its lines is refused.
 */
export async function loadDemo(sql: postgres.Sql): Promise<IngestCounts> {
  return await ingest({
    sql,
    lines: createReadStream(new URL("demo.ndjson", import.meta.url)),
    onRefused: ({ line, reason }) => {
      throw new PredraftError(`demo.ndjson, line ${line}: ${reason}`, { code: "demo_invalid" });
    },
  });
}
