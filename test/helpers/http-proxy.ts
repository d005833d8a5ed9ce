import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";

/** An HTTP proxy as companies run them; every name that it is asked for stands on this machine. */
export interface HttpProxy {
  readonly address: string;
  /** The hosts that it was asked to connect to, in their order. */
  readonly asked: readonly string[];
  /** Refuses from now on, with this status. */
  refuse(status: number): void;
  stop(): Promise<void>;
}

/** Starts one. It lets calls with this name and password through, if there are any. */
export async function startHttpProxy(credentials?: string): Promise<HttpProxy> {
  const asked: string[] = [];
  const open = new Set<Socket>();
  let refused: number | undefined;
  const server = createServer((_, response) => void response.writeHead(501).end());
  server.on("connection", (socket: Socket) => {
    open.add(socket);
    socket.on("error", () => undefined);
  });
  server.on("connect", (request, socket: Socket) => {
    asked.push(request.url ?? "");
    const given = request.headers["proxy-authorization"]?.replace("Basic ", "");
    const known = credentials === undefined || given === Buffer.from(credentials).toString("base64");
    const status = refused ?? (known ? 200 : 407);
    if (status !== 200) return void socket.end(`HTTP/1.1 ${status} No\r\n\r\n`);
    const upstream = connect(Number(request.url?.split(":").at(-1)), "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
      upstream.pipe(socket).pipe(upstream);
    });
    open.add(upstream);
    upstream.on("error", () => socket.destroy());
    socket.on("close", () => upstream.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    refuse(status) {
      refused = status;
    },
    async stop() {
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
