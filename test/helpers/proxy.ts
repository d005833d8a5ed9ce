import { once } from "node:events";
import { createServer, connect as dial, type Server, type Socket } from "node:net";

/** A proxy in front of a database, which can be shut, as if Postgres were down. */
export interface Proxy {
  /** The database's address through the proxy. */
  readonly url: string;
  /** Cuts all connections off and refuses new ones. */
  shut(): Promise<void>;
  /** Lets connections through again, on the same port. */
  open(): Promise<void>;
  /** From now on the connections that there are carry nothing, in either direction, and stay open: as behind a router that forgot them. */
  swallow(): void;
  /** What the database answers on the connections that there are is kept until it is let go again. */
  hold(): () => void;
  /** From now on the connections that send these words are reset instead, up to so many times. */
  cut(words: string, times: number): void;
  /** How many were. */
  cuts(): number;
  /** Tells of each connection that is made, before anything went through. */
  onConnect(told: () => void): void;
}

/** Opens a proxy on a free port. The caller shuts the proxy at the end. */
export async function startProxy(url: string): Promise<Proxy> {
  const behind = new URL(url);
  const sockets = new Set<Socket>();
  const answering = new Map<Socket, Socket>();
  let server: Server | undefined;
  let onConnect = (): void => undefined;
  let order = { words: "", times: 0 };
  let cuts = 0;
  const listen = async (port: number): Promise<number> => {
    server = createServer((client) => {
      onConnect();
      const database = dial(Number(behind.port), behind.hostname);
      // Before the pipe below, which finds nobody there any more.
      client.on("data", (chunk: Buffer) => {
        if (cuts >= order.times || !chunk.includes(order.words)) return;
        cuts += 1;
        database.destroy();
        client.resetAndDestroy();
      });
      answering.set(database, client);
      for (const [from, to] of [
        [client, database],
        [database, client],
      ] as const) {
        sockets.add(from);
        from.pipe(to);
        from.on("error", () => to.destroy());
        from.on("close", () => to.destroy());
      }
    }).listen(port, "127.0.0.1");
    await once(server, "listening");
    return (server.address() as { port: number }).port;
  };
  const port = await listen(0);
  const through = new URL(url);
  through.hostname = "127.0.0.1";
  through.port = String(port);
  return {
    url: through.href,
    async shut() {
      const closed = server && once(server, "close");
      server?.close();
      for (const socket of sockets) socket.destroy();
      sockets.clear();
      answering.clear();
      server = undefined;
      await closed;
    },
    open: async () => void (await listen(port)),
    hold() {
      const held = [...answering];
      for (const [database, client] of held) database.unpipe(client);
      return () => {
        for (const [database, client] of held) database.pipe(client);
      };
    },
    cut(words, times) {
      order = { words, times };
      cuts = 0;
    },
    cuts: () => cuts,
    onConnect(told) {
      onConnect = told;
    },
    swallow() {
      for (const socket of sockets) {
        socket.unpipe();
        socket.removeAllListeners("close"); // the end of one side must not end the other
        socket.resume();
      }
    },
  };
}
