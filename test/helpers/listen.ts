import type { TestDatabase } from "./database.ts";
import { until } from "./until.ts";

/** One notification that arrived. */
export interface Received {
  readonly channel: string;
  readonly payload: string;
}

/** Listens on the channels that predraft and its queue use. */
export interface ListenConnection {
  /** What arrived since the last call, everything committed so far included. */
  received(): Promise<Received[]>;
}

/** Begins to listen. Notifications arrive in the order of commits, so a marker of ours proves that nothing is under way. */
export async function listen(db: TestDatabase): Promise<ListenConnection> {
  const client = db.connect();
  let arrived: Received[] = [];
  let markers = 0;
  for (const channel of ["jobs:insert", "predraft_drafts", "predraft_settings"]) {
    await client.listen(channel, (payload) => void arrived.push({ channel, payload }));
  }
  await client.listen("test_marker", () => {
    markers += 1;
  });
  let sent = 0;
  return {
    async received() {
      sent += 1;
      await client`select pg_notify('test_marker', ${String(sent)})`;
      await until(() => markers === sent, { what: "the marker arrives" });
      const all = arrived;
      arrived = [];
      return all;
    },
  };
}
