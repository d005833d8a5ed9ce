import { z } from "zod";
import type { Sql } from "../../../db/client/connect.ts";
import type { InFlight } from "../../drafts/in-flight.ts";

const message = z.object({
  event: z.enum(["saved", "invalidated", "closed"]),
  items: z.union([
    z.literal("*"),
    z.array(
      z.object({ id: z.union([z.number(), z.string()]).transform(String), hash: z.string().nullable() }),
    ),
  ]),
});

/** Acts on one notification of `predraft_drafts`: cuts off the calls for interactions that changed or were closed. */
export function applyDraftEvent(payload: string, inFlight: InFlight, recheck: () => void): void {
  const parsed = message.safeParse(parseJson(payload));
  if (!parsed.success || parsed.data.event === "saved") return;
  const { event, items } = parsed.data;
  if (items === "*") recheck();
  else for (const item of items) inFlight.supersede(item.id, event === "closed" ? null : item.hash);
}

/** Cuts off all calls whose content is no longer due. One query covers them all; without calls there is no query. */
export async function recheckInFlight(sql: Sql, inFlight: InFlight): Promise<void> {
  const flights = inFlight.list();
  if (flights.length === 0) return;
  const overtaken = await sql<{ interaction_id: string; current_hash: string | null }[]>`
    select interaction_id::text, current_hash
    from predraft.overtaken(${flights.map((flight) => flight.interactionId)}, ${flights.map((flight) => flight.hash)})`;
  for (const { interaction_id, current_hash } of overtaken) inFlight.supersede(interaction_id, current_hash);
}

/** Runs `work` at once, and once more if it was asked for meanwhile: many requests at a time cost two runs. */
export function coalesced(work: () => Promise<void>, onError: (error: unknown) => void): () => void {
  let running = false;
  let again = false;
  const run = async (): Promise<void> => {
    running = true;
    do {
      again = false;
      await work().catch(onError);
    } while (again);
    running = false;
  };
  return () => {
    if (running) again = true;
    else void run();
  };
}

function parseJson(text: string): unknown {
  try {
    // An id over 2^53 keeps all its digits only as text.
    return JSON.parse(text, (key: string, value: unknown, context?: { source?: string }) =>
      key === "id" && typeof value === "number" ? context?.source : value,
    );
  } catch {
    return undefined;
  }
}
