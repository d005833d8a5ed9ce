import { once } from "node:events";
import net from "node:net";
import tls from "node:tls";
import type { Address, Host } from "./address.ts";
import { tlsOptions } from "./tls.ts";

/**
 * Connects to the first server of an address that answers, encrypted as the address says. What comes back is ready for the
 * first message of the protocol. Rejects with the last server's error; each server gets the address's time-out.
 */
export async function dial(
  address: Address,
  hosts: readonly Host[],
  signal: AbortSignal,
): Promise<net.Socket> {
  let failure: unknown;
  for (const host of address.shuffle ? shuffled(hosts) : hosts) {
    signal.throwIfAborted();
    try {
      return await dialHost(address, host, signal);
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}

async function dialHost(address: Address, host: Host, signal: AbortSignal): Promise<net.Socket> {
  const { mode } = address.tls;
  const encrypted = mode !== "disable" && !host.name.startsWith("/");
  if (!encrypted) return await open(address, host, signal, false);
  const optional = mode === "allow" || mode === "prefer";
  try {
    return await open(address, host, signal, true);
  } catch (error) {
    // As libpq: where encryption is a wish, a TLS that fails is done without. A server that cannot be reached is not asked again.
    if (!optional || !(error as { inTls?: boolean }).inTls) throw error;
    return await open(address, host, signal, false);
  }
}

async function open(
  address: Address,
  host: Host,
  signal: AbortSignal,
  encrypted: boolean,
): Promise<net.Socket> {
  const socket = host.name.startsWith("/")
    ? net.connect(`${host.name}/.s.PGSQL.${host.port}`)
    : net.connect({ host: host.address ?? host.name, port: host.port, noDelay: true });
  const timer = setTimeout(() => socket.destroy(timedOut()), address.connectTimeoutMs);
  const abort = (): void => void socket.destroy(new Error("given up"));
  signal.addEventListener("abort", abort, { once: true });
  try {
    await once(socket, "connect");
    if (address.keepaliveSeconds > 0) socket.setKeepAlive(true, address.keepaliveSeconds * 1_000);
    return encrypted ? await encrypt(address, host, socket) : socket;
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", abort);
  }
}

const sslRequest = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);

async function encrypt(address: Address, host: Host, socket: net.Socket): Promise<net.Socket> {
  if (!address.tls.direct) {
    socket.write(sslRequest);
    const answer = await firstBytes(socket);
    if (answer === "N" && ["allow", "prefer"].includes(address.tls.mode)) return socket;
    // More than the one byte would have been sent by somebody in between, before anything is encrypted.
    if (answer !== "S") throw refused("TLS_NOT_OFFERED", "the server does not offer TLS");
  }
  try {
    const secure = tls.connect({ ...tlsOptions(address.tls, host), socket });
    await once(secure, "secureConnect", { signal: closing(socket) });
    return secure;
  } catch (error) {
    throw Object.assign(error as Error, { inTls: true });
  }
}

async function firstBytes(socket: net.Socket): Promise<string> {
  const closed = once(socket, "close").then(() => {
    throw refused("ECONNRESET", "the server closed the connection");
  });
  closed.catch(() => undefined);
  const [bytes] = (await Promise.race([once(socket, "data"), closed])) as [Buffer];
  return bytes.toString("latin1");
}

/** Fires when the connection ends in the middle of the handshake: the TLS socket above it may never say so. */
function closing(socket: net.Socket): AbortSignal {
  const closed = new AbortController();
  socket.once("close", () => closed.abort(refused("ECONNRESET", "the server closed the connection")));
  return closed.signal;
}

const refused = (code: string, message: string): Error => Object.assign(new Error(message), { code });
const timedOut = (): Error => refused("CONNECT_TIMEOUT", "no answer in time");

const shuffled = (hosts: readonly Host[]): Host[] =>
  hosts
    .map((host) => ({ host, at: Math.random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ host }) => host);
