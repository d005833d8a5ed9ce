import { describe, expect, test } from "vitest";
import { decide } from "../../src/drafts/decide.ts";
import { circumstances, context } from "./contexts.ts";
import { cases } from "./decide-cases.ts";

describe("decide", () => {
  test.each(cases)("%s", (_situation, over, around, verdict) => {
    expect(decide(over === null ? null : context(over), circumstances(around))).toEqual(verdict);
  });
});
