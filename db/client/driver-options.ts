import type pg from "pg";
import type postgres from "postgres";
import type { Address } from "./address.ts";
import { DialledSocket, type FindHosts } from "./dialled-socket.ts";

/** What postgres.js is told of an address. `socket` finds the server and encrypts. */
export function postgresOptions(address: Address, findHosts: FindHosts) {
  const { user, password, database } = address;
  const [{ name, port }] = address.hosts as [Address["hosts"][0]];
  return {
    // Shown in the driver's errors only. A second host would make postgres.js keep errors to itself.
    ...{ host: [name], port: [port] },
    ...{ user, password, database },
    ...{ ssl: false, sslnegotiation: null, keep_alive: null },
    connect_timeout: totalTimeoutMs(address) / 1_000,
    socket: () => new DialledSocket(address, findHosts).connect(),
  } as unknown as postgres.Options<Record<string, never>>;
}

/** What node-postgres is told of an address. */
export function pgOptions(address: Address, findHosts: FindHosts): pg.PoolConfig {
  const { user, password, database } = address;
  const [{ name: host, port }] = address.hosts as [Address["hosts"][0]];
  return {
    ...{ host, port, user, password, database },
    ssl: false,
    connectionTimeoutMillis: totalTimeoutMs(address),
    stream: () => new DialledSocket(address, findHosts),
  };
}

/** Each host may take its time. */
const totalTimeoutMs = ({ hosts, connectTimeoutMs }: Address): number => hosts.length * connectTimeoutMs;

/** Settings in the form of the startup parameter `options`. */
export function startupOptions(session: Readonly<Record<string, string>>): string {
  const { options = "", ...others } = session;
  const settings = Object.entries(others).map(
    ([name, value]) => `-c ${name}=${value.replace(/[\\ ]/g, (character) => `\\${character}`)}`,
  );
  return [options, ...settings].filter((part) => part !== "").join(" ");
}
