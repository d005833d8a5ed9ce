import type { HostMapping } from "../../../db/host/mapping.ts";
import { qualified, quote } from "../../../db/migrate/render/quote.ts";
import type { AttachOptions, ColumnFacts, Inspection, TableFacts } from "../facts.ts";
import { type Relation, showName, shown, snake } from "../names.ts";

type Products = NonNullable<HostMapping["products"]>;

/** What tables of messages, chats, products and settings tend to be called; the likeliest first. */
export const usualNames = {
  messages: [
    "messages",
    "chat_messages",
    "interaction_messages",
    "thread_messages",
    "chat_message",
    "message",
  ],
  products: [
    "product_cache",
    "products_cache",
    "product_facts",
    "products",
    "product_cards",
    "cards",
    "product",
  ],
  settings: ["runtime_settings"],
} as const;

/** The first of these columns that a table has, however it is spelt. */
export const find = (table: TableFacts, names: readonly string[]): ColumnFacts | undefined =>
  names
    .map(
      (name) =>
        table.columns.find((c) => c.name === name) ?? table.columns.find((c) => snake(c.name) === name),
    )
    .find((column) => column !== undefined);

/** The table that an option names, else the first one in the interactions' schema with a usual name and what it takes. */
export function findTable(
  tables: readonly TableFacts[],
  home: Relation,
  named: Relation | undefined,
  names: readonly string[],
  fits: (table: TableFacts) => boolean = () => true,
): TableFacts | undefined {
  if (named) return tables.find((t) => t.schema === named.schema && t.name === named.name);
  return names
    .map((name) => tables.find((t) => t.schema === home.schema && snake(t.name) === name && fits(t)))
    .find((table) => table !== undefined);
}

/** The host's settings table, if it has one. */
export function findSettings(tables: readonly TableFacts[], options: AttachOptions): TableFacts | undefined {
  return findTable(tables, options.table, options.settings, usualNames.settings);
}

/** Whether its `key` and `value` can be read as texts. */
export const holdsSettings = (table: TableFacts): boolean =>
  ["key", "value"].every((name) => table.columns.some((column) => column.name === name));

/** What came of looking for a side table: a mapping, or why there is none. */
export interface SideVerdict<T> {
  readonly mapping: T | null;
  readonly text: string;
  /** An option named it: then it is a problem that it cannot be used, otherwise a remark. */
  readonly named: boolean;
  readonly advice?: string;
}

/** Which table the product facts come from. */
export function judgeProducts(inspection: Inspection, options: AttachOptions): SideVerdict<Products> {
  const named = options.products !== undefined;
  const none = (text: string): SideVerdict<Products> => ({ mapping: null, text, named });
  const table = findTable(inspection.others, options.table, options.products, usualNames.products, (t) =>
    Boolean(find(t, ["nm_id"])),
  );
  if (!table) {
    return none(
      options.products
        ? `there is no table ${shown(options.products)}`
        : "none found: drafts know no product facts but those in predraft.product_facts; name a table with --products schema.table",
    );
  }
  const nmId = find(table, ["nm_id"]);
  if (!nmId || !/^(smallint|integer|bigint|numeric|text|character varying)$/.test(nmId.type))
    return none(`${shown(table)} has no nm_id of numbers or text`);
  if (!table.rights.select || !table.rights.usage) return none(`no right to read ${shown(table)}`);
  const attributes = find(table, ["options", "attributes", "characteristics", "params"]);
  const usable = attributes && /^jsonb?$/.test(attributes.type) ? attributes.name : null;
  const mapping: Products = {
    table: { schema: table.schema, name: table.name },
    nm_id: nmId.name,
    seller_id: find(table, ["seller_id"])?.name ?? null,
    name: find(table, ["name", "title", "product_name"])?.name ?? null,
    description: find(table, ["description"])?.name ?? null,
    attributes: usable,
  };
  const parts = [mapping.name, mapping.description, mapping.attributes]
    .filter((name) => name !== null)
    .map(showName);
  return {
    mapping,
    named,
    text: `${shown(table)} by ${showName(nmId.name)}${mapping.seller_id ? " and seller" : ""}: ${parts.join(", ") || "nothing usable"}${attributes && !usable ? `; ${showName(attributes.name)} is ${attributes.type}, not json` : ""}`,
    ...(table.indexed.includes(nmId.name) ||
    (mapping.seller_id !== null && table.indexed.includes(mapping.seller_id))
      ? {}
      : {
          advice: `create index concurrently on ${qualified(table)} (${quote(nmId.name)});  -- each prompt reads the whole table without it`,
        }),
  };
}
