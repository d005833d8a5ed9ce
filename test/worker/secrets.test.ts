import { expect } from "vitest";
import { runCli } from "../helpers/cli.ts";
import { answer, content, type Reply, status } from "../helpers/model-server.ts";
import { test } from "../helpers/rig.ts";
import { until } from "../helpers/until.ts";

const buyer = "ТАЙНАПОКУПАТЕЛЯ";
const draft = "ТАЙНАЧЕРНОВИКА";
const key = "sk-TAINAKLIUCHA";
const signature = "ТАЙНАПРОДАВЦА";

/** One way to fail for each interaction; the failing are found by their text. */
const failures: Readonly<Record<string, Reply>> = {
  внутренняя: status(500),
  отказ: status(400),
  негодный: content(`${draft} без всякого JSON`),
  обрыв: { kind: "reset" },
  пополам: { kind: "stall" },
  страница: { kind: "raw", body: `<html>${draft}</html>`, type: "text/html" },
  поля: answer({ text: draft, intent: draft }),
};

test("the fullest log of a worker holds no buyer's word, no draft, no prompt and no key", async ({ rig }) => {
  // The database's own errors quote rows and parameters.
  await rig.sql.unsafe(`
    create function public.refuse() returns trigger language plpgsql as $$ begin
      raise exception 'refused: %', (select i.text from public.interactions i where i.id = new.interaction_id)
        using detail = new.text, errcode = 'check_violation';
    end $$;
    create trigger refuse before insert on predraft.drafts for each row
      when (new.interaction_id = 999) execute function public.refuse()`);
  await rig.sql`insert into predraft.seller_settings (seller_id, signature) values (1, ${signature})`;
  rig.model.script((call) => {
    const words = call.messages[1] ?? "";
    return (
      Object.entries(failures).find(([word]) => words.includes(word))?.[1] ??
      answer({ text: `${draft} ${call.n}` })
    );
  });
  const child = runCli(["worker"], {
    DATABASE_URL: rig.db.url,
    LLM_BASE_URL: rig.model.baseUrl,
    LLM_MODEL: "test-model",
    LLM_TIMEOUT_MS: "300",
    OPENAI_API_KEY: key,
    LOG_LEVEL: "trace",
    SHUTDOWN_GRACE_MS: "100",
  });
  try {
    await child.says("worker running");
    const insert = (word: string, fields = {}) => rig.insert({ text: `${buyer} ${word}`, ...fields });
    const failing = await Promise.all(Object.keys(failures).map((word) => insert(word)));
    const refused = await insert("база", { id: 999 });
    for (const id of failing) await rig.drafted(id, (found) => found.provisional);
    const failed = async () =>
      (
        await rig.sql`select from predraft.jobs() where interaction_id = ${refused} and last_error is not null`
      ).length;
    await until(failed, { what: "the database has refused a draft" });
    await until(() => child.err().includes("no fallback could be written"), {
      what: "its fallback is refused too",
    });
    const fine = await insert("хорошо");
    await rig.drafted(fine);
    await rig.sql`update public.interactions set text = ${`${buyer} иначе`} where id = ${fine}`;
    expect((await rig.drafted(fine)).text).toContain(draft);

    const hold = rig.model.hold("ключ");
    const throttled = await insert("ключ");
    await hold.arrived();
    hold.release(status(401));
    await rig.drafted(throttled, (found) => found.provisional);
    await rig.set("llm_provider", `${buyer} небывалый`);
    await until(() => child.err().includes("setting not taken"), {
      what: "the setting is refused",
    });
    await rig.set("llm_provider", "deepseek");
    await until(() => child.err().includes("the provider stays as it was"), {
      what: "the provider has no key",
    });
  } finally {
    child.child.kill("SIGTERM");
  }
  expect(await child.ended).toBe(0);

  const errors = await rig.sql`select last_error from graphile_worker.jobs`;
  const health = await rig.sql`select * from predraft.health`;
  const said = [child.out(), child.err(), JSON.stringify(errors), JSON.stringify(health)].join("\n");
  expect(child.err().split("\n").length, "the log was written").toBeGreaterThan(30);
  expect(child.err()).toContain('"level":"trace"');
  for (const secret of [buyer, draft, key, signature, "Ты пишешь черновик"])
    expect(said).not.toContain(secret);
  expect(rig.model.calls()[0]?.authorization).toBe(`Bearer ${key}`);
}, 40_000);
