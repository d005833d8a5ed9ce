import { readdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { HostFacts } from "../host/facts.ts";
import type { HostMapping } from "../host/mapping.ts";
import { render } from "./render/render.ts";

const directory = fileURLToPath(new URL("../sql", import.meta.url));
const number = (file: string): number => Number(/\d+/.exec(file)?.[0]);

/** From this number on a file attaches triggers, each statement in a transaction of its own. */
const firstTriggers = 900;

/** A file of db/sql, rendered for one host. */
export interface RenderedFile {
  readonly file: string;
  readonly text: string;
}

/** One statement that attaches a trigger, and the kind of table it is for. */
export interface TriggerStatement {
  readonly on: "table" | "settings" | "messages" | "watched";
  readonly text: string;
}

/** Everything of db/sql for this host but the triggers, in the order in which it is applied, and in one transaction. */
export async function renderedFiles(host: HostMapping, facts: HostFacts): Promise<RenderedFile[]> {
  const files = (await filesFor(host)).filter((file) => number(file) < firstTriggers);
  const keptByBytes = await readFragment();
  return await Promise.all(
    files.map(async (file) => ({ file, text: render(await readSource(file), host, { facts, keptByBytes }) })),
  );
}

/** The statements that attach our triggers to this host's tables; each does nothing where its trigger is there already. */
export async function triggerStatements(host: HostMapping, facts: HostFacts): Promise<TriggerStatement[]> {
  const files = (await filesFor(host)).filter((file) => number(file) >= firstTriggers);
  const keptByBytes = await readFragment();
  const sources = await Promise.all(files.map(readSource));
  return sources
    .flatMap((source) => source.match(/^select [^;]*;$/gm) ?? [])
    .map((statement) => ({
      on: (/\{\{(\w+)_literal\}\}/.exec(statement)?.[1] ?? "table") as TriggerStatement["on"],
      text: render(statement, host, { facts, keptByBytes }),
    }));
}

const readFragment = (): Promise<string> => readSource("fragments/kept_by_bytes.sql");

const readSource = (file: string): Promise<string> => readFile(`${directory}/${file}`, "utf8");

async function filesFor(host: HostMapping): Promise<string[]> {
  return (await readdir(directory))
    .filter((file) => file.endsWith(".sql"))
    .filter((file) => host.greenfield || !file.includes("_greenfield_"))
    .filter((file) => host.messages !== null || !file.includes("_watch_trigger"))
    .toSorted((a, b) => number(a) - number(b));
}
