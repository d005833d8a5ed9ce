import { describe, expect } from "vitest";
import { askProvider } from "../../src/doctor/ask-provider.ts";
import { runCli } from "../helpers/cli.ts";
import { closedPort } from "../helpers/closed-port.ts";
import { type ModelServer, status } from "../helpers/model-server.ts";
import { test } from "../helpers/rig.ts";
import { type Dialect, dialects, key } from "../llm/dialects.ts";

const ask = (dialect: Dialect, { root }: Pick<ModelServer, "root">, apiKey = key) =>
  askProvider(
    dialect.create({ apiKey, baseUrl: dialect.address(root), model: "m-1", timeoutMs: 5_000 }),
    5_000,
  );
/** A list for those who have the key. */
const guarded = (names: readonly string[]) => (given: string | undefined) =>
  given === `Bearer ${key}` ? names : 401;

describe.each(dialects)("doctor asks $what by itself", (dialect) => {
  test("for its list of models, which costs nothing", async ({ model }) => {
    model.lists(guarded(["m-0", "vendor/m-1-20260101"]));
    expect(await ask(dialect, model)).toMatchObject({
      level: "ok",
      what: expect.stringMatching(/takes the key and lists m-1$/),
    });
    expect(model.calls()).toHaveLength(0);
  });

  test("and says which key is wrong, before any worker ran", async ({ model }) => {
    model.lists(guarded(["m-1"]));
    model.script(() => status(401));
    expect(await ask(dialect, model, "sk-another")).toMatchObject({
      level: "problem",
      what: expect.stringContaining("401"),
      todo: expect.stringContaining(dialect.keyName),
    });
  });

  test("with a tiny call, if it has no list", async ({ model }) => {
    expect(await ask(dialect, model)).toMatchObject({
      level: "ok",
      what: expect.stringMatching(/answered a tiny call in \d/),
    });
    expect(model.calls()).toHaveLength(1);
    model.script(() => status(402));
    expect(await ask(dialect, model)).toMatchObject({
      level: "problem",
      what: expect.stringContaining("402"),
    });
  });

  test("with a tiny call as well, if its list lacks the model", async ({ model }) => {
    model.lists(guarded(["another"]));
    expect(await ask(dialect, model)).toMatchObject({
      level: "ok",
      what: expect.stringMatching(/answered a tiny call.*does not have m-1$/),
    });
    model.script(() => status(404));
    expect(await ask(dialect, model)).toMatchObject({
      level: "problem",
      todo: expect.stringContaining("LLM_MODEL"),
    });
  });

  test("and tells of a server that is not there", async () => {
    expect(await ask(dialect, { root: `http://127.0.0.1:${await closedPort()}` })).toMatchObject({
      level: "problem",
      what: expect.stringContaining("cannot be reached"),
    });
  });
});

test("a list that anybody gets proves no key: the call does", async ({ model }) => {
  const [, compatible] = dialects;
  model.lists(() => ["m-1"]);
  model.script(() => status(401));
  expect(await ask(compatible as Dialect, model)).toMatchObject({ level: "problem" });
  expect(model.calls()).toHaveLength(1);
});

test("predraft doctor tells of a wrong key, also where the database is away", { timeout: 60_000 }, async ({
  model,
}) => {
  model.lists(() => 401);
  const command = runCli(["doctor", "--json"], {
    DATABASE_URL: `postgres://nobody@127.0.0.1:${await closedPort()}/nothing`,
    LLM_BASE_URL: model.baseUrl,
    LLM_MODEL: "m",
    OPENAI_API_KEY: "sk-wrong",
  });
  expect(await command.ended).toBe(2);
  const { findings } = JSON.parse(command.out()) as {
    findings: { check: string; level: string; todo: string }[];
  };
  expect(findings.find(({ check }) => check === "asked")).toMatchObject({
    level: "problem",
    todo: expect.stringContaining("OPENAI_API_KEY"),
  });
  expect(command.out()).not.toContain("sk-wrong");
});

test("predraft doctor says so if it asked nobody", { timeout: 60_000 }, async ({ rig }) => {
  const command = runCli(["doctor"], { DATABASE_URL: rig.db.url });
  await command.ended;
  expect(command.out()).toContain("no service was asked");
});
