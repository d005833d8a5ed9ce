#!/usr/bin/env node
/**
 * The `predraft` command. Plain JavaScript that an old Node can read: src/cli.ts needs Node 22.18, which strips types. Started by an
 * older one, the launcher hands over to the Node that predraft brings as its own dependency.
 */
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import * as nodeModule from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = new URL("../", import.meta.url).href;
const signals = ["SIGINT", "SIGTERM", "SIGHUP"];

if (canRun(process.versions.node)) await runHere();
else runWith(ownNode());

function canRun(version) {
  const [major, minor] = version.split(".").map(Number);
  return major > 22 || (major === 22 && minor >= 18);
}

async function runHere() {
  silenceExperimental();
  if (/[\\/]node_modules[\\/]/.test(fileURLToPath(root))) stripTypesOfInstalled();
  await import("../src/cli.ts");
}

/** Node strips no types under node_modules, where `npm install` puts us: there the launcher does it, for predraft's own files. */
function stripTypesOfInstalled() {
  nodeModule.registerHooks({
    load(url, context, nextLoad) {
      if (!url.startsWith(root) || !url.endsWith(".ts")) return nextLoad(url, context);
      const source = nodeModule.stripTypeScriptTypes(readFileSync(new URL(url), "utf8"));
      return { format: "module", source, shortCircuit: true };
    },
  });
}

function silenceExperimental() {
  process.removeAllListeners("warning");
  process.on("warning", ({ name, message }) => {
    if (name !== "ExperimentalWarning") process.stderr.write(`${name}: ${message}\n`);
  });
}

/** The Node of the package `node`; ends the process with one line that says what to do if its install script has not run. */
function ownNode() {
  try {
    const home = dirname(nodeModule.createRequire(import.meta.url).resolve("node/package.json"));
    const found = ["node", "node.exe"].map((name) => join(home, "bin", name)).find(existsSync);
    if (found !== undefined) return found;
  } catch {
    // Not installed.
  }
  process.stderr.write(
    `predraft: this is Node ${process.versions.node}, and predraft needs Node 22.18 or newer\n` +
      "  → Install a newer Node, or run `npm rebuild node` in the folder that predraft is installed in: it fetches one.\n",
  );
  process.exit(1);
}

function runWith(node) {
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: "inherit" });
  // A terminal tells both processes, `kill` only this one: what comes twice within half a second counts once (src/console/shutdown.ts).
  for (const name of signals) process.on(name, () => child.kill(name));
  child.once("error", ({ message }) => {
    process.stderr.write(`predraft: ${node} cannot be started: ${message}\n`);
    process.exit(1);
  });
  child.once("exit", (code, signal) => {
    for (const name of signals) process.removeAllListeners(name);
    if (signal === null) process.exit(code);
    process.kill(process.pid, signal);
  });
}
