-- What predraft meets in a Chatwoot 3 database: facts of its public schema.rb, written by our own hand. Numbers stand for words:
-- conversations.status 0 open, 1 resolved, 2 pending, 3 snoozed; priority 0 low to 3 urgent; messages.message_type 0 incoming,
-- 1 outgoing, 2 activity, 3 template.

create table public.accounts (id serial primary key, name varchar not null);
create table public.conversations (
  id serial primary key,
  account_id integer not null,
  inbox_id integer not null,
  status integer not null default 0,
  assignee_id integer,
  created_at timestamp without time zone not null,
  updated_at timestamp without time zone not null,
  contact_id bigint,
  display_id integer not null,
  additional_attributes jsonb default '{}',
  contact_inbox_id bigint,
  uuid uuid not null default gen_random_uuid(),
  identifier varchar,
  last_activity_at timestamp without time zone not null default current_timestamp,
  snoozed_until timestamp without time zone,
  custom_attributes jsonb default '{}',
  first_reply_created_at timestamp without time zone,
  priority integer,
  waiting_since timestamp without time zone,
  cached_label_list text
);
create unique index index_conversations_on_account_id_and_display_id on public.conversations (account_id, display_id);
create table public.messages (
  id serial primary key,
  content text,
  account_id integer not null,
  inbox_id integer not null,
  conversation_id integer not null,
  message_type integer not null,
  created_at timestamp without time zone not null,
  updated_at timestamp without time zone not null,
  private boolean not null default false,
  status integer default 0,
  source_id varchar,
  content_type integer not null default 0,
  content_attributes json default '{}',
  sender_type varchar,
  sender_id bigint
);
create index index_messages_on_conversation_id on public.messages (conversation_id);

-- Its hair_trigger: each account counts its own conversations.
create function public.conversations_before_insert_row_tr() returns trigger language plpgsql as $$
begin
  new.display_id := nextval('conv_dpid_seq_' || new.account_id);
  return new;
end $$;
create trigger conversations_before_insert_row_tr before insert on public.conversations
  for each row execute function public.conversations_before_insert_row_tr();
create sequence public.conv_dpid_seq_1;

insert into public.accounts (name) values ('Лён');
insert into public.conversations (account_id, inbox_id, status, created_at, updated_at, display_id, last_activity_at, priority, waiting_since) values
  (1, 1, 0, now() - interval '3 hours', now(), 0, now() - interval '1 hour', 3, now() - interval '1 hour'),     -- 1: waits
  (1, 1, 0, now() - interval '3 hours', now(), 0, now() - interval '2 hours', null, null),                       -- 2: an agent has answered
  (1, 1, 1, now() - interval '3 hours', now(), 0, now() - interval '2 hours', null, now() - interval '2 hours'), -- 3: resolved
  (1, 1, 3, now() - interval '3 hours', now(), 0, now() - interval '2 hours', null, now() - interval '2 hours'); -- 4: snoozed
insert into public.messages (content, account_id, inbox_id, conversation_id, message_type, created_at, updated_at, private, sender_type, sender_id) values
  ('Здравствуйте, где мой заказ?', 1, 1, 1, 0, now() - interval '3 hours', now(), false, 'Contact', 7),
  ('Conversation was assigned to Анна', 1, 1, 1, 2, now() - interval '170 minutes', now(), false, null, null),
  ('Проверяем.', 1, 1, 1, 1, now() - interval '160 minutes', now(), false, 'User', 1),
  ('Клиент уже звонил, осторожно.', 1, 1, 1, 1, now() - interval '150 minutes', now(), true, 'User', 1),
  ('Уже третий день проверяете.', 1, 1, 1, 0, now() - interval '1 hour', now(), false, 'Contact', 7),
  ('Спасибо', 1, 1, 2, 0, now() - interval '150 minutes', now(), false, 'Contact', 8),
  ('Рады помочь', 1, 1, 2, 1, now() - interval '2 hours', now(), false, 'User', 1),
  ('Вопрос решён', 1, 1, 3, 0, now() - interval '2 hours', now(), false, 'Contact', 9),
  ('Напишу завтра', 1, 1, 4, 0, now() - interval '2 hours', now(), false, 'Contact', 9);
