import type { HostMapping } from "../../host/mapping.ts";
import { quote } from "./quote.ts";

/** What db/sql/fragments/kept_by_bytes.sql needs declared; `was` and `becomes` are the two documents as UTF-8. */
export const byteVariables = `key constant bytea := 'last_ai_draft"';
  was bytea;
  becomes bytea;
  stands int;     -- where the key stands in the former document
  draft bytea;
  neither_has_a_draft boolean;
  same_to_its_end boolean;
  same_from_its_key boolean;
  kept boolean;`;

/** The fragment, over two expressions of type json, with the indent of the place where it is pasted. */
export const keptByBytes = (fragment: string, before: string, after: string, indent = "  "): string =>
  fragment
    .replaceAll("{{before}}", () => before)
    .replaceAll("{{after}}", () => after)
    .trimEnd()
    .replaceAll("\n", `\n${indent}`);

/** What tg_invalidate declares for it: a jsonb document is compared by a function of its own. */
export const settledVariables = ({ document }: HostMapping): string =>
  document.type === "json" ? byteVariables : "";

/** plpgsql of tg_invalidate that sets `is_settled` if the document keeps its draft. */
export function settledWhereKept(mapping: HostMapping, fragment: string): string {
  const [before, after] = [`old.${quote(mapping.document.column)}`, `new.${quote(mapping.document.column)}`];
  if (mapping.document.type === "jsonb") return `is_settled := predraft.keeps_draft(${before}, ${after});`;
  return `${keptByBytes(fragment, before, after, "      ")}
      is_settled := kept is true or predraft.keeps_draft_parsed(${before}, ${after});`;
}
