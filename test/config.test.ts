import { describe, expect, test } from "vitest";
import { readConfig } from "../src/config.ts";
import type { PredraftError } from "../src/errors.ts";

function problem(env: Record<string, string>): PredraftError {
  try {
    readConfig(env);
  } catch (error) {
    return error as PredraftError;
  }
  throw new Error("it was taken");
}

describe("the environment", () => {
  test("may be empty: Postgres of our own, no network, careful defaults", () => {
    expect(readConfig({})).toEqual({
      databaseUrl: undefined,
      directUrl: undefined,
      llm: {
        provider: "offline",
        model: undefined,
        keys: { openai: undefined, deepseek: undefined, anthropic: undefined },
        baseUrls: {},
        timeoutMs: 30_000,
      },
      proxies: { http: undefined, https: undefined, none: undefined },
      shutdownGraceMs: 10_000,
      httpHost: "127.0.0.1",
      logLevel: "info",
    });
  });

  test("names proxies in capitals or in lower case, which goes first", () => {
    expect(
      readConfig({ HTTPS_PROXY: "http://a:1", https_proxy: "http://b:1", NO_PROXY: "c" }).proxies,
    ).toEqual({ http: undefined, https: "http://b:1", none: "c" });
  });

  test("with blanks is as if they were absent", () => {
    expect(readConfig({ DATABASE_URL: " ", OPENAI_API_KEY: "", LLM_TIMEOUT_MS: "", LOG_LEVEL: " " })).toEqual(
      readConfig({}),
    );
  });

  const asked: readonly (readonly [Record<string, string>, string])[] = [
    [{ OPENAI_API_KEY: "k", LLM_MODEL: "m" }, "openai"],
    [{ DEEPSEEK_API_KEY: "k" }, "deepseek"],
    [{ ANTHROPIC_API_KEY: "k" }, "anthropic"],
    [{ LLM_BASE_URL: "http://127.0.0.1:1/v1", LLM_MODEL: "m" }, "openai"],
    [{ LLM_BASE_URL: "http://127.0.0.1:1/v1", LLM_MODEL: "m", ANTHROPIC_API_KEY: "k" }, "openai"],
    [{ OPENAI_API_KEY: "k", LLM_PROVIDER: "offline" }, "offline"],
    [{ OPENAI_API_KEY: "k", DEEPSEEK_API_KEY: "k", LLM_PROVIDER: "deepseek" }, "deepseek"],
  ];

  test.each(asked)("%o means the provider %s", (env, provider) => {
    expect(readConfig(env).llm.provider).toBe(provider);
  });

  test("sends the address to the provider that it was given for, and to no other", () => {
    const env = { LLM_BASE_URL: "http://gateway/", ANTHROPIC_API_KEY: "a", LLM_PROVIDER: "anthropic" };
    expect(readConfig(env).llm.baseUrls).toEqual({ anthropic: "http://gateway/" });
  });

  test("without a direct address listens on the ordinary one", () => {
    const DATABASE_URL = "postgres://h/d";
    expect(readConfig({ DATABASE_URL }).directUrl).toBe(DATABASE_URL);
    expect(readConfig({ DATABASE_URL, DATABASE_DIRECT_URL: "postgresql://g/d" }).directUrl).toBe(
      "postgresql://g/d",
    );
  });

  const wrong: readonly (readonly [Record<string, string>, RegExp])[] = [
    [{ DATABASE_URL: "mysql://СЕКРЕТ" }, /DATABASE_URL: expected an address such as postgres:/],
    [{ DATABASE_DIRECT_URL: "СЕКРЕТ" }, /DATABASE_DIRECT_URL: expected an address/],
    [{ LLM_PROVIDER: "СЕКРЕТ" }, /LLM_PROVIDER: expected one of: offline, openai, deepseek, anthropic/],
    [{ LLM_PROVIDER: "openai", LLM_MODEL: "m" }, /LLM_PROVIDER: openai needs OPENAI_API_KEY/],
    [{ LLM_PROVIDER: "anthropic" }, /LLM_PROVIDER: anthropic needs ANTHROPIC_API_KEY/],
    [{ LLM_PROVIDER: "deepseek", OPENAI_API_KEY: "k" }, /LLM_PROVIDER: deepseek needs DEEPSEEK_API_KEY/],
    [
      { OPENAI_API_KEY: "k", DEEPSEEK_API_KEY: "СЕКРЕТ" },
      /LLM_PROVIDER: there are keys for openai and deepseek/,
    ],
    [{ OPENAI_API_KEY: "СЕКРЕТ" }, /LLM_MODEL: set the name of the model/],
    [{ LLM_BASE_URL: "СЕКРЕТ", LLM_MODEL: "m" }, /LLM_BASE_URL: expected an address such as https:/],
    [{ LLM_BASE_URL: "ftp://h", LLM_MODEL: "m" }, /LLM_BASE_URL: expected/],
    [{ LLM_TIMEOUT_MS: "СЕКРЕТ" }, /LLM_TIMEOUT_MS: expected milliseconds/],
    [{ LLM_TIMEOUT_MS: "99" }, /LLM_TIMEOUT_MS: /],
    [{ HTTP_PORT: "0" }, /HTTP_PORT: /],
    [{ HTTP_PORT: "СЕКРЕТ" }, /HTTP_PORT: expected a port from 1 to 65535/],
    [{ SHUTDOWN_GRACE_MS: "-1" }, /SHUTDOWN_GRACE_MS: /],
    [{ LOG_LEVEL: "СЕКРЕТ" }, /LOG_LEVEL: expected one of: fatal, error/],
  ];

  test.each(wrong)("%o is refused by name, and never repeated", (env, line) => {
    const error = problem(env);
    expect(error.code).toBe("config_invalid");
    expect(error.message).toMatch(line);
    expect(error.message).not.toContain("СЕКРЕТ");
    expect(error.hint).toContain(".env.example");
  });

  test("that is wrong in several places is told all of them, a line each", () => {
    const lines = problem({ DATABASE_URL: "x", HTTP_PORT: "x", LOG_LEVEL: "x" }).message.split("\n").slice(1);
    expect(lines.map((line) => line.trim().split(":")[0])).toEqual([
      "DATABASE_URL",
      "HTTP_PORT",
      "LOG_LEVEL",
    ]);
  });
});
