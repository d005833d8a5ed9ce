-- Every trigger on a host's table. Migrate runs each statement in a short transaction of its own, which waits 100 ms for its lock
-- and is tried again, so that nobody queues behind it for longer. The names put ours after the host's own: BEFORE triggers fire in the
-- order of names, and tg_invalidate must judge the row that is stored. If a host has a BEFORE trigger that fires still later, drafts are
-- judged by the row before that trigger, and tg_updated compares all rows itself (see db/host/facts.ts).

select predraft.ensure_trigger({{settings_literal}}::regclass, 'predraft_10_settings',
  $t$after insert or update or delete or truncate on {{settings}} for each statement execute function predraft.tg_settings()$t$);

select predraft.ensure_trigger({{table_literal}}::regclass, 'zz_predraft_10_invalidate',
  $t$before insert or update on {{table}} for each row execute function predraft.tg_invalidate()$t$);

select predraft.ensure_trigger({{table_literal}}::regclass, 'predraft_20_inserted',
  $t$after insert on {{table}} referencing new table as new_rows for each statement execute function predraft.tg_inserted()$t$);

select predraft.ensure_trigger({{table_literal}}::regclass, 'predraft_21_updated',
  $t$after update on {{table}} referencing old table as old_rows new table as new_rows for each statement execute function predraft.tg_updated()$t$);

select predraft.ensure_trigger({{table_literal}}::regclass, 'predraft_22_deleted',
  $t$after delete on {{table}} referencing old table as old_rows for each statement execute function predraft.tg_deleted()$t$);

select predraft.ensure_trigger({{table_literal}}::regclass, 'predraft_23_truncated',
  $t$after truncate on {{table}} for each statement execute function predraft.tg_truncated()$t$);
