import http from "node:http";
import type { Config } from "../config.ts";
import { PredraftError } from "../errors.ts";

/** Hosts of this machine are never behind a proxy. */
const loopback = "localhost,127.0.0.1,[::1]";

/**
 * Has all HTTP of this process go through the proxies that the environment names, by Node's own support. Call it once, before anything
 * is asked. Answers with a function that takes it back. Throws `config_invalid` for an address that is none, or a Node without that
 * support.
 */
export function useProxies({ http: plain, https, none }: Config["proxies"]): () => void {
  if (plain === undefined && https === undefined) return () => undefined;
  if (typeof http.setGlobalProxyFromEnv !== "function")
    throw new PredraftError("HTTPS_PROXY and HTTP_PROXY need Node 24.14 or newer", {
      code: "config_invalid",
      hint: "Start predraft with a newer Node, or unset them if the model's server can be reached without a proxy.",
    });
  const asAddress = (name: string, value: string | undefined): Record<string, string> =>
    value === undefined ? {} : { [name]: addressOf(name, value) };
  return http.setGlobalProxyFromEnv({
    ...asAddress("HTTP_PROXY", plain),
    ...asAddress("HTTPS_PROXY", https),
    NO_PROXY: none === undefined ? loopback : `${none},${loopback}`,
  });
}

/** A proxy's address without name and password, for people; the value itself may hold both. */
export function describeProxy(value: string): string {
  const { protocol, host } = new URL(addressOf("HTTPS_PROXY", value));
  return `${protocol}//${host}`;
}

/** As curl takes it: without a scheme it is an HTTP proxy. */
function addressOf(name: string, value: string): string {
  const address = value.includes("://") ? value : `http://${value}`;
  if (/^https?:/i.test(address) && URL.canParse(address)) return address;
  throw new PredraftError(`${name} is not the address of an HTTP proxy`, {
    code: "config_invalid",
    hint: `Expected ${name}=http://user:password@host:port. SOCKS proxies can't be used.`,
  });
}
