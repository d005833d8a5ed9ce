import { readFileSync } from "node:fs";
import postgres from "postgres";
import { startEmbedded } from "../../src/embedded/embedded.ts";

/** A program around the embedded PostgreSQL, for the tests of how programs end: DIRECTORY MODE. */
const [directory = "", mode = "hold"] = process.argv.slice(2);
const say = (line: string) => process.stdout.write(`${line}\n`);

let signals = 0;
const onSignal = async () => {
  if (++signals > 1) process.exit(130);
  say("stopping");
  if (mode === "stuck") return;
  const server = await starting;
  if (mode === "stubborn") {
    const sql = postgres(server.url, { max: 1 });
    await sql`select pg_catalog.pg_sleep(0.3)`;
    await sql.end();
    say("worker stopped");
  }
  await server.stop();
  clearInterval(alive);
};
process.on("SIGINT", onSignal);
process.on("SIGTERM", onSignal);

const alive = setInterval(() => undefined, 1_000);
const starting = startEmbedded({ directory });
const server = await starting;
say(`pid ${Number.parseInt(readFileSync(`${directory}/pg/postmaster.pid`, "utf8"), 10)}`);
say(server.url);
if (mode === "throw") {
  setImmediate(() => {
    throw new Error("uncaught");
  });
}
if (mode === "exit") process.exit(3);
if (mode === "idle") clearInterval(alive);
