import { addInteraction, type Client } from "../../helpers/rows.ts";

/** A line of a greenfield chat. */
export interface Message {
  readonly external_id: string;
  readonly direction: "in" | "out";
  readonly text: string | null;
  readonly sent_at: Date;
}

/** A line of a minute, from the buyer or the seller. */
export const message = (
  minute: number,
  direction: "in" | "out",
  text: string | null = `${direction} ${minute}`,
): Message => ({
  external_id: `m${minute}-${direction}`,
  direction,
  text,
  sent_at: new Date(Date.UTC(2026, 0, 5, 10, minute)),
});
/** Inserts lines; those that are there already stay as they are. */
export const insert = (sql: Client, id: string, ...messages: Message[]) => sql`
  insert into public.messages ${sql(messages.map((m) => ({ interaction_id: id, ...m })))}
  on conflict on constraint messages_external_key do nothing`;
/** What a chat says of its last words. */
export const thread = async (sql: Client, id: string) => {
  const [row] = await sql`
    select last_message_text as text, last_message_at as at, needs_response as open, status
    from public.interactions where id = ${id}`;
  return { ...row };
};
/** A chat without lines. */
export const chat = (sql: Client) => addInteraction(sql, { channel: "chat", text: null });
