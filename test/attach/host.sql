-- The application that issue 3 describes, before predraft has ever been here.

create table public.sellers (id serial primary key, name varchar(255) not null);

create table public.interactions (
  id serial primary key,
  seller_id integer not null references public.sellers (id),
  marketplace varchar(32) not null,
  channel varchar(16) not null,
  external_id varchar(128) not null,
  customer_id varchar(64),
  order_id varchar(64),
  nm_id bigint,
  product_article varchar(64),
  subject varchar(500),
  text text,
  rating integer,
  status varchar(16) not null default 'open',
  priority varchar(16) not null default 'normal',
  needs_response boolean not null default true,
  source varchar(32),
  is_auto_response boolean not null default false,
  occurred_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  metadata json,
  unique (seller_id, external_id)
);
create index interactions_seller_status on public.interactions (seller_id, status, occurred_at);

create table public.chats (
  id serial primary key,
  seller_id integer not null references public.sellers (id),
  external_chat_id varchar(128) not null,
  client_name varchar(255),
  unique (seller_id, external_chat_id)
);

create table public.messages (
  id serial primary key,
  chat_id integer not null references public.chats (id) on delete cascade,
  external_message_id varchar(128) not null,
  direction varchar(8) not null,
  text text,
  author_type varchar(16),
  sent_at timestamptz not null,
  unique (chat_id, external_message_id)
);

create table public.product_cache (
  nm_id bigint primary key,
  name varchar(500),
  description text,
  options json
);

create table public.runtime_settings (
  id serial primary key,
  key varchar(100) not null unique,
  value text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

create function public.touch() returns trigger language plpgsql as $$ begin new.updated_at := now(); return new; end $$;
create trigger touch_updated_at before update on public.interactions for each row execute function public.touch();

insert into public.sellers (name) values ('Лён'), ('Шерсть');
insert into public.runtime_settings (key, value) values
  ('sync_interval_minutes', '5'), ('llm_model', 'deepseek-chat'),
  ('ai_settings_v1:seller:1', '{"tone": "friendly"}'), ('ai_settings_v1:seller:2', '{"tone": "formal"}');
insert into public.chats (seller_id, external_chat_id, client_name) values (1, 'c-1', 'Иванова Анна');
insert into public.messages (chat_id, external_message_id, direction, text, author_type, sent_at) values
  (1, 'm-1', 'in', 'Где заказ?', 'buyer', now() - interval '2 hours'), (1, 'm-2', 'out', 'Проверяем', 'seller', now() - interval '1 hour');
insert into public.product_cache (nm_id, name, description, options) values (100, 'Рубашка', 'Лён 100%', '[{"name": "Состав", "value": "лён"}]');

insert into public.interactions (seller_id, marketplace, channel, external_id, nm_id, text, rating, status, needs_response, priority, occurred_at, metadata)
values
  (1, 'wildberries', 'question', 'q-1', 100, 'Какой состав?', null, 'open', true, 'normal', now() - interval '1 day', '{"user_name": "Анна", "own": [1]}'),
  (1, 'wildberries', 'review', 'r-1', 100, '', 5, 'open', true, 'normal', now() - interval '2 days', '{"user_name": "Пётр"}'),
  (1, 'wildberries', 'review', 'r-2', 100, 'Порвалась молния', 1, 'open', true, 'high', now() - interval '3 days',
    '{"user_name": "Олег", "last_ai_draft": {"text": "Здравствуйте, Олег!", "intent": "defect_not_working"}}'),
  (2, 'wildberries', 'chat', 'c-1', 100, 'Где заказ?', null, 'open', true, 'urgent', now() - interval '2 hours', '{"customer_name": "Иванова Анна", "chat_id": 1}'),
  (2, 'wildberries', 'question', 'q-2', null, 'Старый вопрос', null, 'open', true, 'normal', now() - interval '90 days', null),
  (2, 'wildberries', 'question', 'q-3', null, 'Отвечено', null, 'responded', false, 'normal', now() - interval '1 day', '{"last_reply_text": "Да", "last_ai_draft": {"text": "Да, можно"}}');
