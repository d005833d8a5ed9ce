-- Greenfield only: the trigger on our own messages.

select predraft.ensure_trigger({{messages_literal}}::regclass, 'predraft_30_messages',
  $t$after insert on {{messages}} referencing new table as new_rows for each statement execute function predraft.tg_messages()$t$);
