import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect } from "vitest";
import manifest from "../../package.json" with { type: "json" };
import { runLauncher } from "../helpers/cli.ts";
import { test as rigged } from "../helpers/rig.ts";
import { makeTemporary } from "../helpers/temporary.ts";

const checkout = fileURLToPath(new URL("../..", import.meta.url));

/** `installed`: predraft as `npm install` puts its tarball into another project, with links in place of copied dependencies. */
const test = rigged
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads the fixtures' names from the pattern
  .extend("installed", { scope: "file" }, async ({}, { onCleanup }) => {
    const project = makeTemporary("predraft-installed-");
    onCleanup(() => rmSync(project, { recursive: true, force: true }));
    execFileSync("npm", ["pack", "--silent", "--pack-destination", project], { cwd: checkout });
    execFileSync("tar", ["xzf", `predraft-${manifest.version}.tgz`], { cwd: project });
    const home = join(project, "node_modules", "predraft");
    mkdirSync(join(home, ".."));
    cpSync(join(project, "package"), home, { recursive: true });
    const packages = join(home, "node_modules");
    mkdirSync(packages);
    for (const name of readdirSync(join(checkout, "node_modules"))) {
      if (!name.startsWith(".")) symlinkSync(join(checkout, "node_modules", name), join(packages, name));
    }
    return home;
  });

const version = `${manifest.version}\n`;

describe("the command of an installed predraft", { timeout: 60_000 }, () => {
  test("works from node_modules, where Node strips no types", async ({ installed, rig }) => {
    const told = runLauncher(installed, ["--version"], {});
    expect(await told.ended, told.err()).toBe(0);
    expect(told.out()).toBe(version);
    const explained = runLauncher(installed, ["explain", await rig.insert()], { DATABASE_URL: rig.db.url });
    expect(await explained.ended, explained.err()).toBe(0);
    expect(explained.out()).toContain("What a worker would do now");
    expect(explained.err()).toBe("");
  });

  test("hands over to the Node that it brings, if it was started by an older one", async ({ installed }) => {
    const told = runLauncher(installed, ["--version"], {}, { asNode: "20.19.0" });
    expect(await told.ended, told.err()).toBe(0);
    expect(told.out()).toBe(version);
    expect(told.err()).toBe("");
    const wrong = runLauncher(installed, ["doctor"], {}, { asNode: "20.19.0" });
    expect(await wrong.ended, "exit codes pass").toBe(1);
  });

  test("passes a signal on; one that arrives twice, as Ctrl-C does, counts once, and the worker stops in good order", async ({
    installed,
    rig,
  }) => {
    const env = { DATABASE_URL: rig.db.url, LLM_BASE_URL: rig.model.baseUrl, LLM_MODEL: "test-model" };
    const worker = runLauncher(installed, ["worker"], env, { asNode: "20.19.0" });
    await worker.says("worker running");
    worker.child.kill("SIGTERM");
    worker.child.kill("SIGINT");
    expect(await worker.ended, worker.err()).toBe(0);
    expect(worker.out()).toMatch(/SIG(TERM|INT): stopping\nstopped\n$/);
  });

  test("says in two lines what to do if there is no Node for it", async ({ installed }) => {
    const copy = join(installed, "..", "..", "without");
    cpSync(installed, copy, { recursive: true, verbatimSymlinks: true });
    rmSync(join(copy, "node_modules", "node"));
    const told = runLauncher(copy, ["--version"], {}, { asNode: "18.0.0" });
    expect(await told.ended).toBe(1);
    expect(told.err()).toBe(
      "predraft: this is Node 18.0.0, and predraft needs Node 22.18 or newer\n" +
        "  → Install a newer Node, or run `npm rebuild node` in the folder that predraft is installed in: it fetches one.\n",
    );
  });
});

test("a first `npm ci` on Node 20 prints no warnings of engines", () => {
  const { stdout } = spawnSync("npm", ["config", "get", "loglevel"], { cwd: checkout, encoding: "utf8" });
  expect(stdout.trim()).toBe("error");
});
