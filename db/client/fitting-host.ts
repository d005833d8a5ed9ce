import postgres from "postgres";
import type { Address, Host, SessionAttributes } from "./address.ts";
import { postgresOptions } from "./driver-options.ts";

interface State {
  readonly standby: boolean;
  readonly read_only: boolean;
}

/** Whether a server is of the kind that `target_session_attrs` asks for. */
const fits: Readonly<Record<SessionAttributes, (state: State) => boolean>> = {
  any: () => true,
  "read-write": (state) => !state.read_only,
  "read-only": (state) => state.read_only,
  primary: (state) => !state.standby,
  standby: (state) => state.standby,
  "prefer-standby": (state) => state.standby,
};

/** Many connections are made at once: the servers are asked what they are once for all of them. */
const freshMs = 1_000;
const known = new Map<string, { readonly at: number; readonly hosts: Promise<readonly Host[]> }>();

/**
 * The servers of an address that may be connected to, as `target_session_attrs` says: all of them without it. Rejects with
 * `NO_FITTING_HOST` if no server is of that kind, and with the last server's error if none could be asked.
 */
export async function fittingHosts(address: Address, signal: AbortSignal): Promise<readonly Host[]> {
  if (address.sessionAttributes === "any") return address.hosts;
  const key = JSON.stringify(address);
  const now = performance.now();
  let found = known.get(key);
  if (found === undefined || now - found.at > freshMs) {
    found = { at: now, hosts: find(address) };
    found.hosts.catch(() => known.delete(key));
    known.set(key, found);
  }
  const hosts = await found.hosts;
  signal.throwIfAborted();
  return hosts;
}

async function find(address: Address): Promise<readonly Host[]> {
  let failure: unknown;
  const others: Host[] = [];
  for (const host of address.hosts) {
    try {
      if (fits[address.sessionAttributes](await stateOf(address, host))) return [host];
      others.push(host);
    } catch (error) {
      failure = error;
    }
  }
  if (address.sessionAttributes === "prefer-standby" && others.length > 0) return others;
  throw others.length === 0
    ? failure
    : Object.assign(new Error(`no server is ${address.sessionAttributes}`), { code: "NO_FITTING_HOST" });
}

async function stateOf(address: Address, host: Host): Promise<State> {
  const sql = postgres({
    ...postgresOptions(address, async () => [host]),
    max: 1,
    fetch_types: false,
    onnotice: () => undefined,
  });
  try {
    const [state] = await sql<State[]>`
      select pg_catalog.pg_is_in_recovery() as standby, current_setting('transaction_read_only') = 'on' as read_only`;
    return state as State;
  } finally {
    await sql.end({ timeout: 1 });
  }
}
