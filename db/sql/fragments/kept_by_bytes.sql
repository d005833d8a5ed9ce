-- Sets `kept` to true if the bytes of two json documents prove that both contain the same stamped draft, or none. Pasted into
-- tg_invalidate, because a function call takes a third of its time, and into predraft.keeps_draft(json, json), where it is tested.
-- Bytes, because text functions count characters. A raw quote never stands inside a JSON string, so the key can be searched for.
-- (A key that is spelt with escapes is not found, but nobody writes one.) The search omits the key's first quote: quotes are frequent,
-- and the rest would be compared at each.
if pg_client_encoding() = 'UTF8' then   -- json_send uses the client's encoding
  was := json_send({{before}});
  becomes := json_send({{after}});
  stands := position(key in was);
  if stands = 0 then
    neither_has_a_draft := get_byte(was, 0) = 123 and get_byte(becomes, 0) = 123 and position(key in becomes) = 0
      -- A text that jsonb cannot hold (\u0000, half a surrogate pair) may have become one that it can. Whole pairs are parsed as well.
      and position(E'\\x5c7530303030'::bytea in was) = 0
      and position(E'\\x5c7564'::bytea in was) = 0 and position(E'\\x5c7544'::bytea in was) = 0;
    kept := neither_has_a_draft;
  else
    -- The text after the key, up to the first closing brace.
    draft := substring(was from stands + 14 for position('}'::bytea in substring(was from stands + 14)));
    if (position('{'::bytea in draft) = 2   -- after a colon, or after white space and a colon
        or position('{'::bytea in draft) = 3 and get_byte(draft, 1) in (9, 10, 13, 32, 58))
      and position(key in substring(was from stands + 14)) = 0   -- the key occurs once
      and position('"content_hash"'::bytea in draft) > 0
    then
      -- The change is behind the draft. The draft ends at that brace, unless the brace is in a string or ends an inner object.
      same_to_its_end := substring(becomes for stands + 13 + octet_length(draft)) = substring(was for stands + 13 + octet_length(draft))
        and position(key in substring(becomes from stands + 14)) = 0
        and case
          when get_byte(draft, octet_length(draft) - 2) = 34   -- the brace follows the closing quote of a string,
            and get_byte(draft, octet_length(draft) - 3) not in (9, 10, 13, 32, 44, 58, 91, 92, 123)   -- not an opening or escaped one
            then true
          else position(E'\\x5c22'::bytea in draft) = 0
            and (octet_length(draft) - octet_length(replace(convert_from(draft, 'UTF8'), '"', ''))) % 2 = 0
        end
        and position('{'::bytea in substring(draft from 4)) = 0;
      kept := same_to_its_end;
      if not kept then
        -- The change is before the draft. An equal rest has equal depth; the two bytes before the key exclude one that only ends alike.
        same_from_its_key := substring(becomes from position(key in becomes) - 2) = substring(was from stands - 2);
        kept := same_from_its_key;
      end if;
    end if;
  end if;
end if;
