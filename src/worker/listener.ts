import { z } from "zod";
import type { Sql } from "../../db/client.ts";
import { within } from "../../db/guard.ts";
import type { InFlight } from "../drafts/in-flight.ts";
import type { Logger } from "../log.ts";
import { every } from "./every.ts";

const message = z.object({
  event: z.enum(["saved", "invalidated", "closed"]),
  items: z.union([
    z.literal("*"),
    z.array(
      z.object({ id: z.union([z.number(), z.string()]).transform(String), hash: z.string().nullable() }),
    ),
  ]),
});

export interface ListenerOptions {
  /** A client past any pooler; LISTEN needs a session of its own. */
  readonly direct: Sql;
  readonly sql: Sql;
  readonly log: Logger;
  readonly inFlight: InFlight;
  readonly onSettings: () => void;
  /** Urgent work has come. */
  readonly onUrgent: () => void;
}

/**
 * Hears what changed: cuts calls off whose content changed or closed, and passes settings on. Reconnects by itself, and
 * then re-checks everything it could have missed.
 */
export async function listen(options: ListenerOptions): Promise<{ stop(): Promise<void> }> {
  const { direct, log, inFlight } = options;
  const recheck = (): void => {
    recheckInFlight(options.sql, inFlight).catch((error: unknown) =>
      log.warn({ err: error }, "re-check failed"),
    );
  };
  const drafts = await direct.listen(
    "predraft_drafts",
    (payload) => {
      const parsed = message.safeParse(parseJson(payload));
      if (!parsed.success || parsed.data.event === "saved") return;
      if (parsed.data.items === "*") return recheck();
      for (const item of parsed.data.items) {
        inFlight.supersede(item.id, parsed.data.event === "closed" ? null : item.hash);
      }
    },
    recheck,
  );
  const settings = await direct.listen("predraft_settings", options.onSettings, options.onSettings);
  const urgent = await direct.listen("predraft_urgent", options.onUrgent, options.onUrgent);
  return {
    async stop() {
      // The connection may be one that answers no more.
      await Promise.allSettled([drafts, settings, urgent].map((one) => within(one.unlisten(), 1_000)));
    },
  };
}

/** In place of `listen` where a pooler swallows notifications: looks each second, and a call goes on that much longer. */
export function poll(options: Omit<ListenerOptions, "direct">): { stop(): Promise<void> } {
  return every(1_000, "look for changes", options.log, async () => {
    await recheckInFlight(options.sql, options.inFlight);
    options.onSettings();
  });
}

function parseJson(text: string): unknown {
  try {
    // An id beyond 2^53 keeps its digits only as the text that it was.
    return JSON.parse(text, (key: string, value: unknown, context?: { source?: string }) =>
      key === "id" && typeof value === "number" ? context?.source : value,
    );
  } catch {
    return undefined;
  }
}

/** Cuts off whatever is under way for content that is no longer due. */
async function recheckInFlight(sql: Sql, inFlight: InFlight): Promise<void> {
  for (const { interactionId, hash } of inFlight.list()) {
    const [row] = await sql<
      { due: boolean }[]
    >`select predraft.still_due(${interactionId}, ${hash}, true) as due`;
    if (row?.due === false) inFlight.supersede(interactionId, null);
  }
}
