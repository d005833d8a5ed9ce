-- The trigger on an attached host's messages, where attach was told to watch them.

select predraft.watch_messages({{watched_literal}}::regclass);
