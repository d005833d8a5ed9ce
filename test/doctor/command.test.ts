import { describe, expect } from "vitest";
import { checkClock, checkConnection, checkPooling } from "../../src/doctor/connection.ts";
import { examine } from "../../src/doctor/examine.ts";
import type { Finding } from "../../src/doctor/finding.ts";
import { checkServer } from "../../src/doctor/server.ts";
import { runCli } from "../helpers/cli.ts";
import { closedPort } from "../helpers/closed-port.ts";
import type { TestDatabase } from "../helpers/database.ts";
import { withLoginRole } from "../helpers/login-role.ts";
import { startModelServer } from "../helpers/model-server.ts";
import { poolerInstalled, startPooler } from "../helpers/pooler.ts";
import { test as rigged } from "../helpers/rig.ts";
import { addInteraction } from "../helpers/rows.ts";
import { test } from "../helpers/test.ts";
import { troubles } from "./troubles.ts";

const look = async (db: TestDatabase, url = db.url): Promise<readonly Finding[]> =>
  (await examine({ url, directUrl: url })).findings;
const bad = (findings: readonly Finding[]): Finding[] => findings.filter(({ level }) => level !== "ok");
const finding = (findings: readonly Finding[], check: string): Finding | undefined =>
  bad(findings).find((one) => one.check === check);

/** A process of its own takes its time on a busy machine. */
const timeoutMs = 60_000;

describe("a database that is well", () => {
  rigged(
    "earns an ok on every line and exit code 0",
    async ({ rig }) => {
      await rig.start();
      const command = runCli(["doctor", "--call"], {
        DATABASE_URL: rig.db.url,
        LLM_BASE_URL: rig.model.baseUrl,
        LLM_MODEL: "m",
      });
      expect(await command.ended, command.out()).toBe(0);
      const lines = command.out().trimEnd().split("\n");
      expect(lines.pop()).toMatch(/^All \d+ checks are well\.$/);
      expect(lines.pop()).toBe("");
      expect(lines.filter((line) => !/^ok {2}\S.{12,} \S/.test(line))).toEqual([]);
      const names = lines.map((line) => line.slice(4, 17).trim());
      expect(names).toEqual([
        ..."connection pooler listen clock server room two-phase schema queue host rights triggers workers backlog".split(
          " ",
        ),
        "dead jobs",
        ..."misses settings provider call".split(" "),
      ]);
    },
    timeoutMs,
  );

  test("has parted rights and no warning for a worker's login role", async ({ attached }) => {
    await withLoginRole(attached, ["predraft_worker"], async ({ url }) => {
      const findings = await look(attached, url);
      expect(bad(findings).map(({ check }) => check)).toEqual(["workers"]); // none runs
      expect(findings.find(({ check }) => check === "roles")?.what).toContain(
        "predraft_owner owns the schema",
      );
    });
  });
});

describe.concurrent("each trouble has its line", () => {
  for (const { name, sql, check, level, what, todo } of troubles) {
    test(name, async ({ attached }) => {
      await attached.sql.unsafe(sql);
      expect(finding(await look(attached), check)).toEqual({
        check,
        level,
        what: expect.stringContaining(what),
        todo: expect.stringContaining(todo),
      });
    });
  }

  test("a role that lacks what a worker needs", async ({ attached }) => {
    await withLoginRole(attached, ["predraft_reader"], async ({ name, url }) => {
      const rights =
        finding(await look(attached, url), "rights") ?? finding(await look(attached, url), "schema");
      expect(rights?.level).toBe("problem");
      expect(rights?.todo, JSON.stringify(rights)).toContain("grant predraft_worker to");
      expect(name).toBeTruthy();
    });
  });

  test("a partitioned host table", async ({ attached }) => {
    await attached.sql.unsafe(`
      alter table public.interactions rename to interactions_old;
      create table public.interactions (like public.interactions_old) partition by list (seller_id)`);
    expect(finding(await look(attached), "partitions")?.what).toContain(
      "straight to a partition enqueues nothing",
    );
  });

  test("a role whose writes fire no trigger", async ({ attached }) => {
    await withLoginRole(attached, [], async ({ name }) => {
      await attached.sql.unsafe(`alter role ${name} set session_replication_role = replica`);
      const found = bad(await look(attached)).filter(({ what }) => what.includes(name));
      expect(found).toMatchObject([
        { check: "triggers", level: "warning", what: expect.stringContaining("fire no trigger") },
      ]);
    });
  });

  test("a database without predraft", async ({ attached }) => {
    await attached.sql`drop schema predraft cascade`;
    expect(finding(await look(attached), "schema")).toMatchObject({
      level: "problem",
      what: "predraft is not installed in this database",
      todo: expect.stringContaining("predraft attach"),
    });
  });

  test("a server with little room, prepared transactions, or that only reads", async ({ db }) => {
    expect(finding(await checkServer(db.sql, 100_000), "room")).toMatchObject({
      level: "warning",
      todo: expect.stringContaining("max_connections"),
    });
    const reader = db.connect({ connection: { default_transaction_read_only: true } });
    expect(finding(await checkServer(reader, 1), "writable")).toMatchObject({ level: "problem" });
  });

  test("clocks apart, in either direction", async ({ db }) => {
    expect((await checkClock(db.sql)).level).toBe("ok");
    expect(await checkClock(db.sql, () => Date.now() - 60_000)).toMatchObject({
      level: "warning",
      what: expect.stringMatching(/^the server's is (59|60)\.\d s ahead of/),
    });
    expect((await checkClock(db.sql, () => Date.now() + 60_000)).what).toMatch(/(59|60|61)\.\d s behind/);
  });

  test("a connection names its address and role, never its password", async ({ db }) => {
    const { what } = await checkConnection(db.sql, db.url);
    expect(what).toMatch(/^127\.0\.0\.1:\d+\/test_\w+ as postgres, not encrypted \(same machine\)$/);
  });

  test("notifications that do not arrive, with and without a pooler", () => {
    const good = { sessions: true, listens: true };
    const deaf = { sessions: true, listens: false };
    const pooled = { sessions: false, listens: false };
    const levels = (...args: Parameters<typeof checkPooling>) =>
      checkPooling(...args).map(({ level }) => level);
    expect(levels(good, good, true)).toEqual(["ok", "ok"]);
    expect(levels(pooled, good, false)).toEqual(["ok", "ok"]);
    expect(levels(deaf, deaf, true)).toEqual(["ok", "problem"]);
    expect(levels(pooled, pooled, true)).toEqual(["warning", "warning"]);
  });
});

describe("the command", () => {
  rigged(
    "exits with 1 where there is a problem, and prints it as JSON on request",
    async ({ rig }) => {
      const command = runCli(["doctor", "--json"], { DATABASE_URL: rig.db.url });
      expect(await command.ended).toBe(1);
      const said = JSON.parse(command.out()) as { ok: boolean; findings: Finding[] };
      expect(said.ok).toBe(false);
      expect(bad(said.findings).map(({ check, level }) => [check, level])).toEqual([
        ["workers", "problem"],
        ["provider", "warning"],
      ]);
    },
    timeoutMs,
  );

  test(
    "exits with 2 where the database can't be reached, and shows no password",
    async () => {
      const command = runCli(["doctor"], {
        DATABASE_URL: `postgres://x:geheim@127.0.0.1:${await closedPort()}/db`,
      });
      expect(await command.ended).toBe(2);
      expect(command.out()).toMatch(/^!! {2}connection {4}Cannot reach .* → nothing listens there/);
      expect(command.out() + command.err()).not.toContain("geheim");
    },
    timeoutMs,
  );

  test(
    "tells a key that is not accepted",
    async ({ db }) => {
      const model = await startModelServer();
      model.script(() => ({ kind: "status", status: 401, headers: {} }));
      const env = {
        DATABASE_URL: db.url,
        LLM_BASE_URL: model.baseUrl,
        LLM_MODEL: "m",
        OPENAI_API_KEY: "sk-geheim",
      };
      const command = runCli(["doctor", "--call", "--json"], env);
      await command.ended;
      const { findings } = JSON.parse(command.out()) as { findings: Finding[] };
      expect(finding(findings, "call")?.level, command.out()).toBe("problem");
      expect(command.out()).not.toContain("sk-geheim");
      await model.stop();
    },
    timeoutMs,
  );

  test(
    "tells a provider that is switched off, or unknown",
    async ({ db }) => {
      const told = async (key: string, value: string, of = "provider"): Promise<Finding | undefined> => {
        await db.sql`insert into public.runtime_settings (key, value) values (${key}, ${value})`;
        const command = runCli(["doctor", "--json"], {
          DATABASE_URL: db.url,
          LLM_BASE_URL: "http://127.0.0.1:9/v1",
          LLM_MODEL: "m",
        });
        await command.ended;
        return finding((JSON.parse(command.out()) as { findings: Finding[] }).findings, of);
      };
      expect(await told("llm_enabled", "false")).toMatchObject({
        level: "warning",
        todo: expect.stringContaining("llm_enabled"),
      });
      await db.sql`delete from public.runtime_settings`;
      expect(await told("llm_fallbacks", '["anthropic:claude-haiku-4-5"]')).toMatchObject({
        level: "problem",
        todo: expect.stringContaining("ANTHROPIC_API_KEY"),
      });
      expect(await told("llm_provider", "acme", "settings")).toMatchObject({
        todo: expect.stringContaining("expected offline, openai, deepseek or anthropic"),
      });
    },
    timeoutMs,
  );

  const name = poolerInstalled
    ? "behind a pooler"
    : "behind a pooler (SKIPPED: /usr/sbin/pgbouncer is not installed)";
  test.skipIf(!poolerInstalled)(
    `says what DATABASE_DIRECT_URL is for ${name}`,
    async ({ db }) => {
      await addInteraction(db.sql);
      const pooler = await startPooler(db.url);
      const alone = await examine({ url: pooler.url, directUrl: pooler.url });
      expect(finding(alone.findings, "pooler")).toMatchObject({
        level: "warning",
        todo: expect.stringContaining("set DATABASE_DIRECT_URL"),
      });
      const beside = await examine({ url: pooler.url, directUrl: db.url });
      expect(finding(beside.findings, "pooler")).toBeUndefined();
      await pooler.stop();
    },
    timeoutMs,
  );
});
