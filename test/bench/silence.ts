import type { Sql } from "../../db/client/connect.ts";

/** Counts what is notified on some channels while `work` runs, commit included. */
export async function countNotifications(
  sql: Sql,
  listener: Sql,
  channels: readonly string[],
  work: () => Promise<unknown>,
): Promise<Record<string, number>> {
  const mark = "end of the benchmark's statement";
  const counts: Record<string, number> = {};
  const marks: Promise<void>[] = [];
  const subscriptions: { unlisten(): Promise<void> }[] = [];
  for (const channel of channels) {
    const { promise, resolve } = Promise.withResolvers<void>();
    marks.push(promise);
    counts[channel] = 0;
    subscriptions.push(
      await listener.listen(channel, (payload) => {
        if (payload === mark) resolve();
        else counts[channel] = (counts[channel] ?? 0) + 1;
      }),
    );
  }
  await work();
  // Notifications come in the order of their commits: once the mark is here, whatever the work sent was here before.
  for (const channel of channels) await sql.notify(channel, mark);
  await Promise.all(marks);
  for (const subscription of subscriptions) await subscription.unlisten();
  return counts;
}
