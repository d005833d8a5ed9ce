import { connect, type Sql } from "../../db/client/connect.ts";
import { columns, stageRows } from "./rows.ts";
import type { Sample } from "./stats.ts";

/** How long a draft may take before the benchmark gives up. Milliseconds. */
const patience = 30_000;

export interface DraftMaking {
  /** Inserts one row and waits for its draft; then reads the row, and throws where it isn't there. */
  measure(): Promise<Sample>;
  stop(): Promise<void>;
}

/** Inserts on `host`'s connection; hears `saved` on one of its own. */
export async function startDraftMaking(url: string, host: Sql): Promise<DraftMaking> {
  const staged = 5_000;
  const loader = connect(url, { max: 1, applicationName: "bench loader" });
  await stageRows(loader, staged);
  await loader.end({ timeout: 1 });
  const listener = connect(url, { max: 1, applicationName: "bench listener" });
  // The INSERT's own answer may be read after the notification: every arrival is kept until it is asked for.
  const arrivals = new Map<string, number>();
  let arrived = Promise.withResolvers<void>();
  const subscription = await listener.listen("predraft_drafts", (payload) => {
    const at = performance.now();
    const { event, items } = JSON.parse(payload) as { event: string; items: { id: number }[] };
    if (event !== "saved") return;
    for (const { id } of items) arrivals.set(String(id), at);
    arrived.resolve();
    arrived = Promise.withResolvers<void>();
  });
  let nth = 0;
  return {
    async measure() {
      const sent = performance.now();
      const [row] = await host<{ id: string }[]>`
        insert into public.interactions (${host(columns)}) select ${host(columns)} from bench.given where nth = ${nth % staged}
        on conflict (seller_id, marketplace, channel, external_id) do nothing returning id`;
      const committed = performance.now();
      const id = (row as { id: string }).id;
      nth += 1;
      while (!arrivals.has(id)) {
        if (performance.now() - committed > patience)
          throw new Error(`no draft of ${id} within ${patience} ms`);
        await Promise.race([arrived.promise, pause()]);
      }
      const at = arrivals.get(id) as number;
      const [seen] = await host<{ text: string | null; state: string }[]>`
        select extra_data #>> '{last_ai_draft,text}' as text, draft_state as state
        from predraft.interactions where id = ${id}`;
      if (!seen?.text || seen.state !== "ready")
        throw new Error(`interaction ${id} is ${seen?.state} after saved`);
      return { fromCommit: at - committed, fromSend: at - sent };
    },
    async stop() {
      await subscription.unlisten();
      await listener.end({ timeout: 1 });
    },
  };
}

const pause = (): Promise<void> => new Promise((resolve) => void setTimeout(resolve, 1_000).unref());
