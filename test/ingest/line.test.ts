import { describe, expect, test } from "vitest";
import { parseJson } from "../../src/ingest/json.ts";
import { lineParser } from "../../src/ingest/line.ts";
import { readLines } from "../../src/ingest/split.ts";

const startedAt = new Date("2026-11-22T12:00:00Z");
const parse = lineParser(startedAt);

const review = { type: "interaction", seller_id: 1, channel: "review", external_id: "r-1" };
const message = {
  type: "message",
  seller_id: 1,
  channel: "chat",
  interaction: "c-1",
  external_id: "m-1",
  direction: "in",
  sent_at: "2026-11-20T10:00:00+03:00",
};

function accepted(line: object): unknown {
  const parsed = parse(JSON.stringify(line));
  return "line" in parsed ? parsed.line : parsed;
}

function refused(line: object | string): string {
  const parsed = parse(typeof line === "string" ? line : JSON.stringify(line));
  return "refused" in parsed ? parsed.refused : "(accepted)";
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

describe("a line", () => {
  test("needs its keys only, and then holds nothing but them and the marketplace", () => {
    expect(accepted(review)).toEqual({ ...review, seller_id: "1", marketplace: "wildberries" });
  });

  test("tells a column that was given as null from one that was not given", () => {
    expect(accepted({ ...review, text: null })).toHaveProperty("text", null);
    expect(accepted(review)).not.toHaveProperty("text");
  });

  test.each([
    ["-15m", "2026-11-22T11:45:00.000Z"],
    ["-3h", "2026-11-22T09:00:00.000Z"],
    ["-2d", "2026-11-20T12:00:00.000Z"],
    ["2026-11-20T10:00:00.123456+03:00", "2026-11-20T10:00:00.123456+03:00"],
  ])("may tell the time as %s", (occurred_at, expected) => {
    expect(accepted({ ...review, occurred_at })).toHaveProperty("occurred_at", expected);
  });

  test.each([
    "yesterday",
    "2026-11-20",
    "2026-11-20T10:00:00",
    "2026-02-30T10:00:00Z",
    "3h",
    "-3w",
    "infinity",
    "",
  ])("is refused for the time %j", (occurred_at) => {
    expect(refused({ ...review, occurred_at })).toMatch(/^occurred_at: must be a time with its zone/);
  });

  test.each([
    [9007199254740991, "9007199254740991"],
    ["9223372036854775807", "9223372036854775807"],
    ["-9223372036854775808", "-9223372036854775808"],
  ])("may have the id %j", (nm_id, expected) => {
    expect(accepted({ ...review, nm_id })).toHaveProperty("nm_id", expected);
  });

  test.each([9007199254740992, "9223372036854775808", 1.5, "", "0x10", true])(
    "is refused for the id %j",
    (nm_id) => {
      expect(refused({ ...review, nm_id })).toMatch(/^nm_id: must be /);
    },
  );

  test.each([
    ["an unknown type", { type: "order" }, "type: must be one of seller, product, interaction, message"],
    ["an unknown channel", { ...review, channel: "sms" }, "channel: must be one of review, question, chat"],
    ["a missing key", { ...review, external_id: undefined }, "external_id: is missing"],
    ["an empty key", { ...review, external_id: "" }, "external_id: must not be empty"],
    ["a rating of 7", { ...review, rating: 7 }, "rating: must be a whole number from 1 to 5"],
    ["a wrong type", { ...review, text: 5 }, "text: must be text"],
    ["a status of null", { ...review, status: null }, "status: must be text"],
    ["an unknown key", { ...review, colour: "red" }, '"colour": not known here, remove it'],
    ["a message without a time", { ...message, sent_at: undefined }, "sent_at: is missing"],
    ["a direction", { ...message, direction: "up" }, "direction: must be one of in, out"],
    ["an array as document", { ...review, extra_data: [] }, "extra_data: must be a JSON object"],
    [
      "a time zone",
      { type: "seller", id: 1, time_zone: "+03:00" },
      'time_zone: must be a time zone such as "Europe/Moscow"',
    ],
  ])("is refused for %s, saying what to fix", (_, line, reason) => {
    expect(refused(line)).toBe(reason);
  });

  test.each([
    ["a NUL character", { text: "a\0b" }, "text"],
    ["half of a surrogate pair", { text: "a\ud83d" }, "text"],
    ["a NUL character deep in a document", { extra_data: { a: [{ b: "\0" }] } }, "extra_data"],
    ["a NUL character in a document's key", { extra_data: { "\0": 1 } }, "extra_data"],
  ])("is refused for %s, which Postgres cannot store", (_, more, field) => {
    expect(refused({ ...review, ...more })).toMatch(new RegExp(`^${field}: holds a NUL character`));
  });

  test("may hold emoji and text in any script", () => {
    expect(accepted({ ...review, text: "😍 ұлыма ұнады" })).toHaveProperty("text", "😍 ұлыма ұнады");
  });

  test("is refused for a document nested too deeply to be stored", () => {
    const deep = `${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}`;
    expect(refused(`${JSON.stringify(review).slice(0, -1)},"extra_data":${deep}}`)).toMatch(
      /nested deeper than/,
    );
  });

  test.each(["{", "[1]", "null", "5", "['a']", "x".repeat(99)])(
    "is refused where it is no object: %s",
    (line) => {
      expect(refused(line)).toMatch(/write one (whole )?JSON object a line$/);
    },
  );

  test("is never quoted in its refusal", () => {
    const secret = "Ужасный магазин +79000000000";
    const lines = [
      `{"text": "${secret}`,
      { ...review, text: [secret], channel: secret, rating: secret, occurred_at: secret, [secret]: secret },
      { ...review, extra_data: secret, nm_id: secret, priority: secret },
      { type: secret },
    ];
    for (const line of lines) expect(refused(line)).not.toMatch(/магазин|7900/);
  });

  test("longer than 4 MB is refused", () => {
    expect(refused({ ...review, text: "я".repeat(2 * 1024 * 1024) })).toMatch(/longer than 4 MB/);
  });
});

describe("a number that JavaScript would round", () => {
  test.each(["12345678901234567890", "0.12345678901234567891", "1e400", "1.50e10"])(
    "stays as written: %s",
    (number) => {
      expect(JSON.stringify(parseJson(`{"a":${number}}`))).toBe(`{"a":${number}}`);
    },
  );
});

describe("a stream", () => {
  const read = async (...chunks: Uint8Array[]) =>
    await collect(readLines(ReadableStream.from(chunks) as ReadableStream<Uint8Array>));
  const bytes = (text: string) => Buffer.from(text);

  test("is split at line feeds, wherever its chunks end", async () => {
    const whole = bytes("one\nдва\n\nthree");
    const expected = ["one", "два", "", "three"].map((text) => ({ text }));
    for (let cut = 0; cut <= whole.length; cut += 1) {
      expect(await read(whole.subarray(0, cut), whole.subarray(cut))).toEqual(expected);
    }
  });

  test("may begin with a byte order mark", async () => {
    expect(await read(bytes("\uFEFF{}\n"))).toEqual([{ text: "{}" }, { text: "" }]);
  });

  test("loses only the line that is not UTF-8", async () => {
    expect(await read(Buffer.from([0xcf, 0xf0, 0x0a]), bytes("{}"))).toEqual([
      { refused: "is not UTF-8: save the file as UTF-8" },
      { text: "{}" },
    ]);
  });

  test("loses only the line that is longer than 4 MB, and does not keep it", async () => {
    const chunk = Buffer.alloc(1024 * 1024, "a");
    const lines = await read(...Array.from({ length: 6 }, () => chunk), bytes("\n{}"));
    expect(lines).toEqual([{ refused: expect.stringContaining("longer than 4 MB") }, { text: "{}" }]);
  });

  test("is read no further than lines are asked for", async () => {
    let pulled = 0;
    async function* endless() {
      for (;;) {
        pulled += 1;
        yield bytes("{}\n".repeat(10));
      }
    }
    const lines = readLines(ReadableStream.from(endless()) as ReadableStream<Uint8Array>);
    for (let asked = 0; asked < 25; asked += 1) await lines.next();
    await lines.return(undefined);
    expect(pulled).toBeLessThan(6);
  });
});
