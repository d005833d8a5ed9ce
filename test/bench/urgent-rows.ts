import { connect, type Sql } from "../../db/client/connect.ts";

const patienceMs = 120_000;

export interface UrgentRows {
  /** Inserts one urgent row of a seller (of 1 unless told), and answers with the milliseconds from its commit to its final draft. */
  measure(seller?: number): Promise<number>;
  stop(): Promise<void>;
}

/** Inserts on `host`'s connection; hears of drafts on one of its own. A provisional draft on the way is not what is waited for. */
export async function startUrgentRows(url: string, host: Sql): Promise<UrgentRows> {
  const listener = connect(url, { max: 1, applicationName: "bench listener" });
  const saved: { readonly id: string; readonly at: number }[] = [];
  let news = Promise.withResolvers<void>();
  const subscription = await listener.listen("predraft_drafts", (payload) => {
    const { event, items } = JSON.parse(payload) as { event: string; items: { id: number }[] | "*" };
    if (event !== "saved" || items === "*") return;
    const at = performance.now();
    saved.push(...items.map(({ id }) => ({ id: String(id), at })));
    news.resolve();
    news = Promise.withResolvers<void>();
  });
  const isFinal = async (id: string): Promise<boolean> => {
    const [row] = await host<{ final: boolean }[]>`
      select extra_data #>> '{last_ai_draft,provisional}' = 'false' as final from public.interactions where id = ${id}`;
    return row?.final ?? false;
  };
  return {
    async measure(seller = 1) {
      saved.length = 0;
      const [row] = await host<{ id: string }[]>`
        insert into public.interactions (seller_id, channel, external_id, text, occurred_at, priority)
        values (${seller}, 'chat', gen_random_uuid()::text, 'Пришёл брак, что делать?', now(), 'urgent') returning id`;
      const committed = performance.now();
      const id = (row as { id: string }).id;
      while (performance.now() - committed < patienceMs) {
        const arrival = saved.findLast((event) => event.id === id);
        if (arrival !== undefined && (await isFinal(id))) return arrival.at - committed;
        await Promise.race([news.promise, new Promise((resolve) => setTimeout(resolve, 1_000).unref())]);
      }
      throw new Error(`no draft of ${id} within ${patienceMs} ms`);
    },
    async stop() {
      await subscription.unlisten();
      await listener.end({ timeout: 1 });
    },
  };
}
