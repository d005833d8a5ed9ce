import { createServer } from "node:net";

/** A TCP port on 127.0.0.1 that nobody listens on now: the first free one of those preferred, or any. */
export async function freePort(preferred: readonly number[]): Promise<number> {
  for (const port of [...preferred, 0]) {
    const found = await tryPort(port);
    if (found !== undefined) return found;
  }
  throw new Error("no free TCP port on 127.0.0.1");
}

function tryPort(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(undefined));
    server.listen({ port, host: "127.0.0.1", exclusive: true }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" ? address?.port : undefined));
    });
  });
}
