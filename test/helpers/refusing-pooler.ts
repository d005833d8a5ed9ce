import { once } from "node:events";
import { createServer, connect as dial, type Socket } from "node:net";

/** A pooler that refuses settings at the beginning of a session, as PgBouncer does, and passes all else on. */
export interface RefusingPooler {
  /** The same database through it. */
  readonly url: string;
  /** How many sessions were refused. */
  refused(): number;
  stop(): Promise<void>;
}

const sslRequest = 80877103;

/** Starts one on a free port. The caller stops it. */
export async function startRefusingPooler(url: string): Promise<RefusingPooler> {
  const behind = new URL(url);
  const sockets = new Set<Socket>();
  let refused = 0;
  const server = createServer((client) => {
    sockets.add(client);
    client.on("error", () => undefined);
    client.on("data", function begin(first: Buffer): void {
      if (first.readUInt32BE(4) === sslRequest) return void client.write("N");
      client.off("data", begin);
      if (first.includes("\0options\0")) {
        refused += 1;
        return void client.end(fatal("08P01", "unsupported startup parameter: options"));
      }
      const database = dial(Number(behind.port), behind.hostname);
      sockets.add(database);
      database.write(first);
      client.pipe(database).pipe(client);
      database.on("error", () => client.destroy());
      client.on("close", () => database.destroy());
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const through = new URL(url);
  through.port = String((server.address() as { port: number }).port);
  return {
    url: through.href,
    refused: () => refused,
    async stop() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, "close");
    },
  };
}

/** The server's last word to a client: an error of the protocol. */
function fatal(code: string, message: string): Buffer {
  const fields = Buffer.from(`SFATAL\0VFATAL\0C${code}\0M${message}\0\0`);
  const head = Buffer.alloc(5);
  head.write("E");
  head.writeUInt32BE(fields.length + 4, 1);
  return Buffer.concat([head, fields]);
}
