-- A foreign host as predraft meets one: integer keys, varchar, a json (not jsonb) document, two marketplaces,
-- chats in tables of their own, and a settings table that holds more than ours.

create table public.sellers (
  id serial primary key,
  name varchar(255) not null
);

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
  unique (seller_id, marketplace, channel, external_id)
);

create index interactions_seller_status on public.interactions (seller_id, status, occurred_at);

create table public.chats (
  id serial primary key,
  seller_id integer not null references public.sellers (id),
  interaction_id integer references public.interactions (id) on delete cascade,
  external_chat_id varchar(128) not null,
  client_name varchar(255),
  created_at timestamptz not null default now(),
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

create table public.runtime_settings (
  id serial primary key,
  key varchar(100) not null unique,
  value text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

insert into public.runtime_settings (key, value) values ('sync_interval_minutes', '5'), ('theme', 'dark');
