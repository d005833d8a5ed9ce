import { addAbortSignal, type Readable } from "node:stream";
import { LONGEST_LINE, TOO_LONG } from "./line.ts";

const LINE_FEED = 0x0a;

/** What `ingest` reads: lines, or a stream of text or bytes that is split at line feeds. */
export type LineSource = AsyncIterable<string> | NodeJS.ReadableStream | ReadableStream<Uint8Array>;

/** One line without its line feed, or the reason why it cannot be read. */
export type RawLine = { readonly text: string } | { readonly refused: string };

/**
 * Yields the lines of `source` one by one, and reads no more than is asked for. Holds at most one chunk and one line of `LONGEST_LINE`
 * bytes; a line that is longer or not UTF-8 is refused. A byte order mark is dropped. If `signal` aborts, reading ends at once, even if
 * the stream delivers nothing.
 */
export async function* readLines(source: LineSource, signal?: AbortSignal): AsyncGenerator<RawLine> {
  if (isStream(source)) {
    if (signal) addAbortSignal(signal, source as Readable);
    yield* split(source as AsyncIterable<string | Uint8Array>);
    return;
  }
  for await (const line of source as AsyncIterable<string>) yield { text: line.replace(/^\uFEFF/, "") };
}

function isStream(source: LineSource): boolean {
  return "pipe" in source || "getReader" in source;
}

async function* split(chunks: AsyncIterable<string | Uint8Array>): AsyncGenerator<RawLine> {
  const line = lineBuffer();
  for await (const chunk of chunks) {
    const bytes = typeof chunk === "string" ? Buffer.from(chunk) : chunk;
    let start = 0;
    for (let end = bytes.indexOf(LINE_FEED); end !== -1; end = bytes.indexOf(LINE_FEED, start)) {
      line.add(bytes.subarray(start, end));
      yield line.take();
      start = end + 1;
    }
    line.add(bytes.subarray(start));
  }
  yield line.take();
}

function lineBuffer() {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let parts: Uint8Array[] = [];
  let length = 0;
  return {
    add(part: Uint8Array): void {
      length += part.length;
      if (length > LONGEST_LINE) parts = [];
      else if (part.length > 0) parts.push(part);
    },
    take(): RawLine {
      const whole = parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts);
      const tooLong = length > LONGEST_LINE;
      parts = [];
      length = 0;
      if (tooLong) return { refused: TOO_LONG };
      try {
        return { text: decoder.decode(whole) };
      } catch {
        return { refused: "is not UTF-8: save the file as UTF-8" };
      }
    },
  };
}
