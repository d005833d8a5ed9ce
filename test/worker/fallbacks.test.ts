import { describe, expect } from "vitest";
import { readSettings } from "../../db/client/settings.ts";
import { locks } from "../../db/locks.ts";
import { alone } from "../../src/attach/attachment.ts";
import { sayOfflineDrafts } from "../../src/worker/upkeep/offline-drafts.ts";
import { test } from "../helpers/rig.ts";
import { until } from "../helpers/until.ts";

const waiting = (draft: { provisional: boolean; fallback_reason: string | null }) =>
  draft.provisional && draft.fallback_reason === "waiting";

describe.concurrent("there is always something to show", () => {
  test("a rating without text gets its final wording without a call", async ({ rig }) => {
    await rig.start();
    const id = await rig.insert({ channel: "review", rating: 5, text: " " });
    expect(await rig.drafted(id)).toMatchObject({
      source: "fallback",
      fallback_reason: null,
      model: null,
      pregenerated: false,
    });
    await rig.idle();
    expect(rig.model.calls()).toHaveLength(0);
  });

  test("while the model takes its time a provisional draft shows, and yields to the model's", async ({
    rig,
  }) => {
    const hold = rig.model.hold();
    await rig.start();
    const id = await rig.insert();
    expect(await rig.drafted(id, waiting)).toMatchObject({ source: "fallback" });
    hold.release();
    expect(await rig.drafted(id)).toMatchObject({ source: "llm" });
    expect(rig.model.calls()).toHaveLength(1);
  });

  test("while an attach is at work what waits still gets it, and attach waits for no fallback", async ({
    rig,
  }) => {
    rig.model.hold();
    await rig.start();
    let waited = false;
    await alone(
      rig.db.url,
      () => {
        waited = true;
      },
      async () => {
        await rig.drafted(await rig.insert(), waiting);
      },
    );
    expect(waited).toBe(false);
  });

  test("attach goes to work while fallbacks are being written", async ({ rig }) => {
    await rig.db.connect().begin(async (writer) => {
      await writer`select pg_advisory_xact_lock(${locks.waitingFallbacks})`;
      const waited: string[] = [];
      await alone(
        rig.db.url,
        () => waited.push("attach waits"),
        () => Promise.resolve(),
      );
      expect(waited).toEqual([]);
    });
  });

  test("a backlog behind a slow call gets it too, and in the end the model's", async ({ rig }) => {
    await rig.set("ai_draft_concurrency", "1");
    const hold = rig.model.hold();
    await rig.start();
    await rig.insert({ text: "первый" });
    await hold.arrived();
    const ids = await Promise.all([rig.insert(), rig.insert(), rig.insert()]);
    for (const id of ids) await rig.drafted(id, waiting);
    expect(rig.model.calls()).toHaveLength(1);
    hold.release();
    for (const id of ids) await rig.drafted(id);
  });

  test("new content that waits as well gets a provisional draft of its own", async ({ rig }) => {
    rig.model.hold();
    await rig.start();
    const id = await rig.insert({ text: "первый" });
    const first = await rig.drafted(id, waiting);
    await rig.sql`update public.interactions set text = 'второй' where id = ${id}`;
    expect(await rig.drafted(id, waiting)).not.toMatchObject({ content_hash: first.content_hash });
  });

  test("rows of a transaction that took long get it too", async ({ rig }) => {
    rig.model.hold();
    await rig.start();
    let slow = "";
    await rig.db.connect().begin(async (host) => {
      const [row] = await host`
        insert into public.interactions (seller_id, channel, external_id, text) values (1, 'question', 'slow', 'давно') returning id`;
      slow = String(row?.["id"]);
      await rig.drafted(await rig.insert({ text: "быстро" }), waiting);
    });
    await rig.drafted(slow, waiting);
  });

  test("offline drafts are upgraded once a remote provider is configured", async ({ rig }) => {
    await rig.set("llm_provider", "offline");
    await rig.start();
    const id = await rig.insert();
    expect(await rig.drafted(id)).toMatchObject({ source: "offline", provisional: false });
    await rig.idle();
    expect(rig.model.calls()).toHaveLength(0);

    await rig.set("llm_provider", null);

    await until(async () => (await rig.draft(id))?.source === "llm", { what: "the model's draft is there" });
    expect(rig.model.calls()).toHaveLength(1);
  });

  test("offline drafts stay where a setting says so, and a worker says what becomes of them", async ({
    rig,
  }) => {
    await rig.set("llm_provider", "offline");
    const worker = await rig.start();
    const id = await rig.insert();
    await rig.drafted(id);
    await rig.idle();
    await worker.stop();
    await rig.set("llm_provider", null);
    await rig.set("ai_draft_redraft_offline", "false");

    const unserved = () => rig.sql`select interaction_id::text as id from predraft.unserved(true)`;
    expect([...(await unserved())]).toEqual([]);
    await rig.set("ai_draft_redraft_offline", null);
    expect([...(await unserved())]).toEqual([{ id }]);

    const said: string[] = [];
    const log = {
      warn: (text: string) => said.push(text),
      info: (_: unknown, text: string) => said.push(text),
    };
    for (const keep of [false, true]) {
      await rig.set("ai_draft_redraft_offline", String(!keep));
      await sayOfflineDrafts(
        rig.sql,
        { remote: true, model: "claude-haiku-4-5" },
        await readSettings(rig.sql),
        log as never,
      );
    }
    expect(said).toEqual([
      expect.stringMatching(
        /^1 draft made by rules will be made anew by claude-haiku-4-5, for about \$0\.\d\d; set ai_draft_redraft_offline/,
      ),
      "drafts made by rules stay: ai_draft_redraft_offline is false",
    ]);
  });
});
