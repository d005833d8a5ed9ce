import { PredraftError } from "../../../src/errors.ts";
import { type HostFacts, noFacts } from "../../host/facts.ts";
import type { HostMapping } from "../../host/mapping.ts";
import { buyerWords, channelWords, eitherWord, openStatuses } from "../../host/words.ts";
import { type LockName, locks } from "../../locks.ts";
import { expressionFunctions } from "./expressions.ts";
import {
  directionLines,
  greenfieldMessages,
  productRow,
  threadLines,
  threadWindow,
  watchedThreads,
} from "./lookups.ts";
import { literal, qualified, quote, relationLiteral } from "./quote.ts";
import { canonicalTypes, ownExpression, ownKey, rowExpression } from "./row.ts";
import { byteVariables, keptByBytes, settledVariables, settledWhereKept } from "./unchanged.ts";

export interface RenderOptions {
  readonly facts?: HostFacts;
  /** Text of db/sql/fragments/kept_by_bytes.sql. */
  readonly keptByBytes: string;
}

/**
 * A file of db/sql with its placeholders filled in for this host: `{{key}}`, `{{seller_key}}` and expressions over our own rows
 * (`{{j.key_id}}`) anywhere; `{{table}}`, `{{document}}` and expressions over the host's rows (`{{n.hash}}`) in host_* files.
 * Throws `sql_placeholder_unknown` for a placeholder that means nothing.
 */
export function render(
  source: string,
  mapping: HostMapping,
  { facts = noFacts, keptByBytes: fragment }: RenderOptions,
): string {
  const fixed: Record<string, () => string> = {
    key: () => ownKey(mapping.keys.id),
    seller_key: () => ownKey(mapping.keys.seller_id),
    table: () => qualified(mapping.table),
    table_literal: () => relationLiteral(mapping.table),
    settings: () => qualified(mapping.settings),
    settings_literal: () => relationLiteral(mapping.settings),
    messages: () => greenfieldMessages(mapping),
    messages_literal: () => relationLiteral({ schema: mapping.table.schema, name: "messages" }),
    document: () => quote(mapping.document.column),
    document_type: () => mapping.document.type,
    thread_type: () => mapping.messages?.thread.type ?? "text",
    thread_lines: () => threadLines(mapping, facts),
    thread_window: () => threadWindow,
    expression_functions: () => expressionFunctions(mapping, facts, canonicalTypes).make,
    expression_names: () => expressionFunctions(mapping, facts, canonicalTypes).names,
    direction_lines: () =>
      directionLines(mapping, facts, rowExpression(mapping, facts, "i", "thread_key") ?? "null"),
    incoming_assumed: () => String(mapping.messages?.incoming_assumed === true),
    is_greenfield: () => String(mapping.greenfield),
    channel_words: () => words(channelWords),
    open_statuses: () => words(openStatuses),
    // Who decided what a user is has said it at attach; nobody has if it was assumed.
    buyer_words: () => words([...buyerWords, ...(mapping.messages?.incoming_assumed ? [eitherWord] : [])]),
    watched: () => String(mapping.messages?.watch ?? false),
    watched_literal: () => (mapping.messages?.watch ? relationLiteral(mapping.messages.table) : "null"),
    watched_threads: () => watchedThreads(mapping, facts),
    reads_messages: () => String(mapping.messages !== null),
    product_row: () => productRow(mapping, facts),
    voice_prefix: () =>
      mapping.seller_voice_prefix === null ? "null::text" : literal(mapping.seller_voice_prefix),
    // A host may rename a column that predraft reads. Nobody renames our own, whose rows need not pay 2 µs each for that.
    guarded: () => (mapping.greenfield ? "" : "begin"),
    or_left_alone: () => (mapping.greenfield ? "" : leftAlone),
    byte_variables: () => byteVariables,
    kept_by_bytes: () => keptByBytes(fragment, "before", "after"),
    settled_variables: () => settledVariables(mapping),
    settled_where_kept: () => settledWhereKept(mapping, fragment),
    touches_are_known: () => String(facts.laterTriggers.length === 0),
  };
  return requoted(source, mapping).replaceAll(
    /\{\{([a-z_]+)(?:\.([a-z_]+))?\}\}/g,
    (placeholder, first: string, second?: string) => {
      const text =
        second === undefined
          ? fixed[first]?.()
          : (lockNumber(first, second) ??
            ownExpression(mapping, first, second) ??
            rowExpression(mapping, facts, first, second));
      if (text === undefined) {
        throw new PredraftError(`db/sql names ${placeholder}, which means nothing`, {
          code: "sql_placeholder_unknown",
        });
      }
      return text;
    },
  );
}

const words = (list: readonly string[]): string => `array[${list.map(literal).join(", ")}]::text[]`;

/** `{{lock.park_seller}}`: the number of `locks.parkSeller`. */
function lockNumber(first: string, name: string): string | undefined {
  const key = name.replaceAll(/_[a-z]/g, (letter) => letter.slice(1).toUpperCase());
  return first === "lock" ? locks[key as LockName]?.toString() : undefined;
}

/** Ends a trigger's block that may fail for whatever reason: the row is written as the host gave it, and tg_updated looks at it. */
const leftAlone = `exception when others then
    raise warning 'predraft: draft not settled (%): %', sqlstate, sqlerrm;
    perform set_config('predraft.touched', extract(epoch from statement_timestamp())::text, true);
    return new;
  end;`;

/** Where a name holds a dollar, bodies are quoted by a tag that no name holds: one would end them. */
function requoted(source: string, mapping: HostMapping): string {
  const names = JSON.stringify(mapping);
  if (!names.includes("$")) return source;
  let tag = "predraft";
  while (names.includes(`$${tag}`)) tag += "_";
  return source.replaceAll("$$", () => `$${tag}$`).replaceAll("$t$", () => `$${tag}_t$`);
}
