import { once } from "node:events";
import { createServer, connect as dial } from "node:net";

/** A way to a database on which connections are reset at a chosen moment. */
export interface Cutter {
  readonly url: string;
  /** From now on the connections that send these words are reset instead, up to so many times. */
  cut(words: string, times: number): void;
  /** How many were. */
  cuts(): number;
  stop(): void;
}

/** Opens it on a free port. The caller stops it at the end. */
export async function startCutter(url: string): Promise<Cutter> {
  const behind = new URL(url);
  let order: { words: string; times: number } | undefined;
  let cuts = 0;
  const server = createServer((client) => {
    const database = dial(Number(behind.port), behind.hostname);
    database.pipe(client);
    client.on("data", (chunk: Buffer) => {
      if (order === undefined || cuts >= order.times || !chunk.includes(order.words)) {
        return database.write(chunk);
      }
      cuts += 1;
      client.resetAndDestroy();
      return database.destroy();
    });
    for (const [one, other] of [
      [client, database],
      [database, client],
    ] as const) {
      one.on("error", () => other.destroy());
      one.on("close", () => other.destroy());
    }
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const through = new URL(url);
  through.hostname = "127.0.0.1";
  through.port = String((server.address() as { port: number }).port);
  return {
    url: through.href,
    cut(words, times) {
      order = { words, times };
      cuts = 0;
    },
    cuts: () => cuts,
    stop: () => void server.close(),
  };
}
