import { randomUUID } from "node:crypto";
import { connect, type Sql } from "../../../db/client/connect.ts";
import { within } from "../../../db/client/resilient.ts";

/** A connection that doesn't answer in this time is given up. */
const answerMs = 10_000;
/** How long a notification of one's own may be under way. */
const pulseMs = 3_000;

/** What is done with notifications; each is also called once the channel is listened to (again), without a payload. */
export type Channels = Readonly<Record<string, (payload?: string) => void>>;

/** A connection that listens. */
export interface Ear {
  /** Sends itself a notification over another connection; false where it doesn't arrive within 3 s. Rejects where it can't be sent. */
  hears(): Promise<boolean>;
  close(): Promise<void>;
}

/** Listens on all channels over one connection of its own, past any pooler; postgres.js reconnects it where it notices a loss. */
export async function openEar(url: string, sql: Sql, channels: Channels): Promise<Ear> {
  const client = connect(url, { max: 1, applicationName: "predraft listener" });
  const pulse = `predraft_pulse_${randomUUID().replaceAll("-", "")}`;
  let arrived = Promise.withResolvers<boolean>();
  const close = (): Promise<void> => client.end({ timeout: 0 });
  try {
    for (const [channel, act] of Object.entries(channels)) {
      await within(
        client.listen(channel, act, () => act()),
        answerMs,
      );
    }
    await within(
      client.listen(pulse, () => arrived.resolve(true)),
      answerMs,
    );
  } catch (error) {
    await close();
    throw error;
  }
  return {
    async hears() {
      arrived = Promise.withResolvers<boolean>();
      await sql`select pg_notify(${pulse}, '')`;
      return await within(arrived.promise, pulseMs).catch(() => false);
    },
    close,
  };
}
