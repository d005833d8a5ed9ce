import { expect } from "vitest";
import { createProvider } from "../../src/llm/create-provider.ts";
import { currentModel } from "../../src/llm/models.ts";
import { estimateCost, priceOf } from "../../src/llm/prices.ts";
import { runCli } from "../helpers/cli.ts";
import { deepseek, test } from "./fixtures.ts";

const names = ["attach", "--table", "public.interactions", "--metadata-column", "metadata"];
const run = async (url: string, ...args: string[]) => {
  const command = runCli(args, { DATABASE_URL: url });
  return { code: await command.ended, out: command.out(), err: command.err() };
};

test("attach and detach from the shell, without a terminal: numbers and a hint, exit code 0", {
  timeout: 90_000,
}, async ({ host }) => {
  const plan = await run(host.url, ...names, "--dry-run");
  expect(plan).toMatchObject({ code: 0, err: "" });
  expect(plan.out).toMatch(/^-- .*public\.interactions/);
  expect(await host.sql`select to_regnamespace('predraft') as there`).toEqual([{ there: null }]);
  const attached = await run(
    host.url,
    ...names,
    "--column",
    "subject=product_article",
    "--name-key",
    "user_name",
  );
  expect(attached).toMatchObject({ code: 0, err: "" });
  expect(attached.out).toMatch(/estimated cost: free[\s\S]*nothing was enqueued[\s\S]*--yes/);
  const [row] =
    await host.sql`select mapping #>> '{columns,subject}' as subject, mapping -> 'customer_name_keys' as names from predraft.host`;
  expect(row).toEqual({ subject: "product_article", names: ["user_name"] });
  const unsure = await run(host.url, "detach");
  expect(unsure).toMatchObject({ code: 1, err: expect.stringContaining("say --yes") });
  expect(await run(host.url, "detach", "--yes")).toMatchObject({ code: 0, err: "" });
  expect(await host.sql`select to_regnamespace('predraft') as there`).toEqual([{ there: null }]);
});

test("flags of the command line reach the mapping: a negated flag, a thread by a key of the document", {
  timeout: 60_000,
}, async ({ host }) => {
  const flags = ["--column", "needs_response=not is_auto_response", "--thread-of", "metadata.chatId"];
  expect(await run(host.url, ...names, ...flags)).toMatchObject({ code: 0, err: "" });
  const [row] = await host.sql`
    select mapping #>> '{expressions,needs_response,sql}' as needs, mapping #> '{messages,thread_of}' as thread from predraft.host`;
  expect(row).toEqual({ needs: "(NOT is_auto_response)", thread: { document_key: "chatId" } });
});

test("a wrong command line is one clear message", { timeout: 120_000 }, async ({ host }) => {
  expect(await run(host.url, "attach", "--table", "a.b.c", "--metadata-column", "m")).toMatchObject({
    code: 1,
    err: expect.stringMatching(/^predraft: --table: a\.b\.c is no table name\n {2}→ /),
  });
  expect((await run(host.url, ...names, "--column", "text")).err).toMatch(/ours=theirs/);
  expect((await run(host.url, ...names, "--existing-drafts", "burn")).err).toMatch(/adopt, regenerate/);
  expect((await run(host.url, ...names, "--value", "status=answered")).err).toMatch(/column:theirs=ours/);
  expect((await run(host.url, ...names, "--messages-column", "author=x")).err).toMatch(
    /ours are thread, text/,
  );
  expect((await run(host.url, ...names, "--expression", "needs_response=true; drop")).err).toMatch(
    /cannot be attached as it is: 1 thing/,
  );
});

test("a retired model is asked under its new name, any other under its own", () => {
  expect(currentModel("deepseek-chat")).toEqual({ model: "deepseek-flash", replaced: "deepseek-chat" });
  expect(currentModel("deepseek-reasoner")).toEqual({
    model: "deepseek-flash",
    replaced: "deepseek-reasoner",
  });
  expect(currentModel("deepseek-flash")).toEqual({ model: "deepseek-flash", replaced: null });
  expect(currentModel("constructor")).toEqual({ model: "constructor", replaced: null });
  expect(createProvider(deepseek, { llm_provider: null, llm_model: "deepseek-chat" }).model).toBe(
    "deepseek-flash",
  );
});

test("a cost is estimated by llm_prices first, and by no price at all for a model nobody knows", () => {
  const flash = priceOf("deepseek-flash", {});
  expect(flash && estimateCost(1_000_000, flash)).toBeCloseTo(209.1, 1);
  expect(priceOf("deepseek-flash", { "deepseek-flash": { input: 1, output: 2 } })).toEqual({
    input: 1,
    cached: 1,
    output: 2,
  });
  expect(priceOf("nobody-1", "nonsense")).toBeUndefined();
  expect(priceOf("toString", {})).toBeUndefined();
});
