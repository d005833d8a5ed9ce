-- The trigger on an attached host's messages, if attach was told to watch them.

select predraft.watch_messages({{watched_literal}}::regclass);
