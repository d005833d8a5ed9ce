import type { HostMapping } from "../../host/mapping.ts";
import { quote } from "./quote.ts";

/** What `keptByBytes` needs declared; `was` and `becomes` are the two documents as UTF-8. */
export const byteVariables = `key constant bytea := 'last_ai_draft"';
  was bytea;
  becomes bytea;
  stands int;     -- where the key stands in the former document
  draft bytea;    -- what follows it there, up to the first closing brace
  kept boolean;`;

/**
 * plpgsql that sets `kept` where the bytes of two JSON documents prove that both carry the same stamped draft, or none. It stands
 * in tg_invalidate itself, as calling a function takes a third of its time, and in predraft.keeps_draft for whoever is to test it.
 */
export const keptByBytes = (
  before: string,
  after: string,
): string => `if pg_client_encoding() = 'UTF8' then   -- what json_send speaks
    was := json_send(${before});
    becomes := json_send(${after});
    -- A raw quote never stands inside of a JSON string, so the key can be looked for. (Not one that is spelt with escapes, which
    -- nobody writes.) Bytes, as whatever works on text counts its characters; without the key's first quote, as quotes are frequent,
    -- and each has the rest compared.
    stands := position(key in was);
    draft := substring(was from stands + 14 for position('}'::bytea in substring(was from stands + 14)));
    kept := case when stands = 0
      then get_byte(was, 0) = 123 and get_byte(becomes, 0) = 123 and position(key in becomes) = 0
        -- What jsonb cannot hold (\\u0000, and half a surrogate pair) may have become what it can. Whole pairs are read, too.
        and position(E'\\\\x5c7530303030'::bytea in was) = 0
        and position(E'\\\\x5c7564'::bytea in was) = 0 and position(E'\\\\x5c7544'::bytea in was) = 0
      else (position('{'::bytea in draft) = 2   -- a colon before it, or white space and a colon
          or position('{'::bytea in draft) = 3 and get_byte(draft, 1) in (9, 10, 13, 32, 58)) and (
          -- What changed stands behind the draft: all is the same up to its end, which is that brace unless the brace is in a string.
          substring(becomes for stands + 13 + octet_length(draft)) = substring(was for stands + 13 + octet_length(draft))
            and position(key in substring(becomes from stands + 14)) = 0
            and case
              when get_byte(draft, octet_length(draft) - 2) = 34   -- right behind the closing quote of a string
                and get_byte(draft, octet_length(draft) - 3) not in (9, 10, 13, 32, 44, 58, 91, 92, 123)   -- no opening or escaped one
                then true
              else position(E'\\\\x5c22'::bytea in draft) = 0
                and (octet_length(draft) - octet_length(replace(convert_from(draft, 'UTF8'), '"', ''))) % 2 = 0
            end
            and position('{'::bytea in substring(draft from 4)) = 0
          -- It stands before the draft, whose depth is that of an equal rest. (What precedes the key tells it from one that ends so.)
          or substring(becomes from position(key in becomes) - 2) = substring(was from stands - 2))
        and position(key in substring(was from stands + 14)) = 0   -- it stands there once
        and position('"content_hash"'::bytea in draft) > 0
      end;
  end if;`;

/** What tg_invalidate declares for it: a jsonb document is compared by a function of its own. */
export const settledVariables = ({ document }: HostMapping): string =>
  document.type === "json" ? byteVariables : "";

/** plpgsql of tg_invalidate that sets `is_settled` where the document keeps its draft. */
export function settledWhereKept(mapping: HostMapping): string {
  const [before, after] = [`old.${quote(mapping.document.column)}`, `new.${quote(mapping.document.column)}`];
  if (mapping.document.type === "jsonb") return `is_settled := predraft.keeps_draft(${before}, ${after});`;
  return `${keptByBytes(before, after)}
      is_settled := kept is true or predraft.keeps_draft_parsed(${before}, ${after});`;
}
