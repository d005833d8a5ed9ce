import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import type { Hono } from "hono";
import { PredraftError } from "../errors.ts";

/** A server that listens. */
export interface Served {
  /** `host:port`; if port 0 was asked for, the port that was free. */
  readonly address: string;
  /** Ends the server at once, with its requests under way. */
  close(): Promise<void>;
}

/** Serves an app over HTTP. Throws `port_unavailable`. */
export async function serve(
  app: Hono,
  where: { readonly host: string; readonly port: number },
): Promise<Served> {
  const server = createAdaptorServer({ fetch: app.fetch });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) =>
      reject(
        new PredraftError(`Cannot listen on ${where.host}:${where.port} (${cause.code})`, {
          code: "port_unavailable",
          hint: "Choose another port, or an address of this machine.",
          cause,
        }),
      ),
    );
    server.listen(where.port, where.host, resolve);
  });
  const { address, port, family } = server.address() as AddressInfo;
  return {
    address: family === "IPv6" ? `[${address}]:${port}` : `${address}:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        if ("closeAllConnections" in server) server.closeAllConnections();
      }),
  };
}
