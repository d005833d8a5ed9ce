import { requireThisSchema } from "../../db/client/compatibility.ts";
import type { Sql } from "../../db/client/connect.ts";
import type { Output } from "../console/output.ts";
import type { Tone } from "../domain/brief.ts";
import { sweepAfterChange } from "../drafts/sweep.ts";
import { PredraftError } from "../errors.ts";
import { ownRulesText, sellerKey, signatureText, timeZoneName } from "./values.ts";

/** The changes to make. Null removes predraft's value, so that the host's value acts, or the default; what is absent stays. */
export interface SellerChange {
  readonly tone?: Tone | null;
  readonly signature?: string | null;
  readonly ownRules?: string | null;
  readonly timeZone?: string | null;
  readonly enabled?: boolean;
  readonly reviewEnabled?: boolean;
  readonly questionEnabled?: boolean;
  readonly chatEnabled?: boolean;
}

interface SettingsRow {
  readonly tone: string | null;
  readonly signature: string | null;
  readonly own_rules: string | null;
  readonly time_zone: string;
  readonly enabled: boolean;
  readonly review_enabled: boolean;
  readonly question_enabled: boolean;
  readonly chat_enabled: boolean;
}

interface VoiceRow {
  readonly voice: Voice;
  readonly theirs: Voice | null;
  readonly known: boolean;
}

type Voice = Readonly<Record<"tone" | "signature" | "own_rules", string | null>>;

const defaultTimeZone = "Europe/Moscow";

/**
 * Changes the given settings of a seller and keeps the others. They act from the next draft on; interactions that a switch held back
 * are enqueued at once. Throws `id_invalid`, `seller_setting_invalid`, `nothing_to_set` or `not_permitted`.
 */
export async function setSeller(sql: Sql, id: string, change: SellerChange): Promise<void> {
  await requireThisSchema(sql);
  const key = await sellerKey(sql, id);
  const columns = await columnsOf(sql, change);
  if (Object.keys(columns).length === 0) {
    throw new PredraftError("Nothing was given to set", {
      code: "nothing_to_set",
      hint: "For instance: predraft seller set 1 --tone friendly --time-zone Europe/Moscow. --help lists everything.",
    });
  }
  await permitted(
    sql.begin(async (tx) => {
      await tx`
        insert into predraft.seller_settings ${tx({ seller_id: key, ...columns })}
        on conflict (seller_id) do update set ${tx(columns)}, updated_at = clock_timestamp()`;
      if (Object.values(columns).includes(true)) {
        await sweepAfterChange(tx, "seller");
      }
    }),
  );
}

async function columnsOf(sql: Sql, change: SellerChange): Promise<Record<string, string | boolean | null>> {
  const { tone, signature, ownRules, timeZone } = change;
  const columns: Record<string, string | boolean | null | undefined> = {
    tone,
    signature: signature == null ? signature : signatureText(signature),
    own_rules: ownRules == null ? ownRules : ownRulesText(ownRules),
    time_zone: timeZone === null ? defaultTimeZone : timeZone && (await timeZoneName(sql, timeZone)),
    enabled: change.enabled,
    review_enabled: change.reviewEnabled,
    question_enabled: change.questionEnabled,
    chat_enabled: change.chatEnabled,
  };
  return Object.fromEntries(
    Object.entries(columns).filter(
      (entry): entry is [string, string | boolean | null] => entry[1] !== undefined,
    ),
  );
}

/** Prints how a seller's drafts are made now, and where each value comes from. */
export async function showSeller(sql: Sql, out: Output, id: string): Promise<void> {
  await requireThisSchema(sql);
  const key = await sellerKey(sql, id);
  const [row] = await permitted(
    sql<SettingsRow[]>`select * from predraft.seller_settings where seller_id = ${key}`,
  );
  const [found] = await permitted(sql<VoiceRow[]>`
    select predraft.seller_voice(${key}) as voice, predraft.host_voice(${key}) as theirs,
      exists (select from predraft.interactions where seller_id = ${key}) as known`);
  const { voice, theirs, known } = found as VoiceRow;
  out.line(out.bold(`Seller ${key}`) + (known ? "" : out.dim("  no interaction of this seller is there")));
  const part = (name: keyof Voice): string => {
    const whose = row?.[name] != null ? "set here" : theirs?.[name] != null ? "the host's" : "default";
    const value = voice[name] ?? (row?.[name] === "" ? "none, whatever the host says" : "none");
    return `${value.replaceAll("\n", `\n${" ".repeat(17)}`)}  ${out.dim(`(${whose})`)}`;
  };
  field(out, "tone", part("tone"));
  field(out, "signature", part("signature"));
  field(out, "own rules", part("own_rules"));
  field(out, "time zone", row?.time_zone ?? `${defaultTimeZone}  ${out.dim("(default)")}`);
  field(out, "drafts", switches(row));
}

const field = (out: Output, name: string, value: string): void =>
  out.line(`  ${out.dim(name.padEnd(14))} ${value}`);

function switches(row: SettingsRow | undefined): string {
  const { enabled, review_enabled, question_enabled, chat_enabled } = row ?? {
    enabled: true,
    review_enabled: true,
    question_enabled: true,
    chat_enabled: true,
  };
  const onOff = (on: boolean): string => (on ? "on" : "off");
  const channels = `reviews ${onOff(review_enabled)}, questions ${onOff(question_enabled)}, chats ${onOff(chat_enabled)}`;
  return enabled ? `on: ${channels}` : `off, on demand only (${channels})`;
}

/** Tells a role without the right to do this what it lacks. */
async function permitted<T>(work: PromiseLike<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if ((error as { code?: unknown }).code !== "42501") throw error;
    throw new PredraftError("This role may not read or change sellers' settings", {
      code: "not_permitted",
      hint: "Run it with the address that attach and migrate are run with.",
    });
  }
}
