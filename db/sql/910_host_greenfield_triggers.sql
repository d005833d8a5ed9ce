-- Greenfield only: the triggers on our own messages.

select predraft.ensure_trigger({{messages_literal}}::regclass, 'predraft_30_messages',
  $t$after insert on {{messages}} referencing new table as new_rows for each statement execute function predraft.tg_messages()$t$);

select predraft.ensure_trigger({{messages_literal}}::regclass, 'predraft_31_messages_updated',
  $t$after update on {{messages}} referencing old table as old_rows new table as new_rows for each statement execute function predraft.tg_messages()$t$);

select predraft.ensure_trigger({{messages_literal}}::regclass, 'predraft_32_messages_deleted',
  $t$after delete on {{messages}} referencing old table as old_rows for each statement execute function predraft.tg_messages()$t$);
