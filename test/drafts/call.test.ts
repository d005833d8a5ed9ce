import { once } from "node:events";
import { pino } from "pino";
import { describe, expect, test } from "vitest";
import { briefOf } from "../../src/drafts/build-brief.ts";
import { callModel } from "../../src/drafts/call.ts";
import type { DraftDeps } from "../../src/drafts/deps.ts";
import { ModelError } from "../../src/llm/errors/model-error.ts";
import type { Provider } from "../../src/llm/provider.ts";
import { context } from "./contexts.ts";

/** A provider that never answers by itself, and knows no time-out of its own. */
const silent = provider(async (signal) => {
  if (!signal.aborted) await once(signal, "abort");
  throw signal.reason;
});

function provider(generate: (signal: AbortSignal) => Promise<never>): Provider {
  return { name: "p", model: "m", remote: true, generate: (_request, signal) => generate(signal) };
}

function call(over: { from?: Provider; timeoutMs?: number; superseded?: AbortSignal; cutOff?: AbortSignal }) {
  const never = new AbortController().signal;
  const deps = {
    timeoutMs: over.timeoutMs ?? 60_000,
    cutOff: over.cutOff ?? never,
    log: pino({ level: "silent" }),
  } as DraftDeps;
  const request = { brief: briefOf(context(), []), prompt: { version: "1", system: "", user: "" } };
  return callModel(deps, over.from ?? silent, request, over.superseded ?? never);
}

describe("a model call", () => {
  test("ends at the time-out, whatever the provider does", async () => {
    expect(await call({ timeoutMs: 20 })).toMatchObject({
      kind: "failed",
      error: { code: "model_timeout", retryable: true },
    });
  });

  test("ends when its content changes, and that comes before any failure", async () => {
    expect(await call({ superseded: AbortSignal.abort(), cutOff: AbortSignal.abort() })).toMatchObject({
      kind: "superseded",
    });
  });

  test("ends at a shutdown's cut-off", async () => {
    expect(await call({ cutOff: AbortSignal.abort() })).toMatchObject({ kind: "cut_off" });
  });

  test("fails with the provider's own error, or one that quotes nothing", async () => {
    const error = new ModelError("The service failed", { code: "model_unavailable", retryable: true });
    expect(await call({ from: provider(() => Promise.reject(error)) })).toMatchObject({
      kind: "failed",
      error,
    });
    const odd = await call({ from: provider(() => Promise.reject(new TypeError("тайна"))) });
    expect(odd).toMatchObject({ kind: "failed", error: { code: "model_broken" } });
    expect(odd.kind === "failed" && odd.error.message).not.toContain("тайна");
  });
});
