-- What `prisma migrate` makes of models with enums: names as in TypeScript, times without a zone, values in capitals.

create type public."Channel" as enum ('REVIEW', 'QUESTION', 'CHAT');
create type public."TicketStatus" as enum ('OPEN', 'ANSWERED', 'CLOSED');
create type public."TicketPriority" as enum ('LOW', 'MEDIUM', 'HIGH', 'URGENT');
create type public."MessageAuthor" as enum ('CUSTOMER', 'AGENT', 'SYSTEM');

create table public."Seller" ("id" serial not null, "name" text not null, constraint "Seller_pkey" primary key ("id"));
create table public."Ticket" (
  "id" serial not null,
  "sellerId" integer not null,
  "channel" public."Channel" not null,
  "externalId" text not null,
  "customerName" text,
  "body" text,
  "rating" integer,
  "status" public."TicketStatus" not null default 'OPEN',
  "priority" public."TicketPriority" not null default 'MEDIUM',
  "nmId" varchar(32),
  "metadata" jsonb,
  "createdAt" timestamp(3) not null default current_timestamp,
  "updatedAt" timestamp(3) not null,
  constraint "Ticket_pkey" primary key ("id")
);
create unique index "Ticket_externalId_key" on public."Ticket" ("externalId");
create table public."Message" (
  "id" serial not null,
  "ticketId" integer not null,
  "author" public."MessageAuthor" not null,
  "text" text not null,
  "createdAt" timestamp(3) not null default current_timestamp,
  constraint "Message_pkey" primary key ("id")
);
create index "Message_ticketId_idx" on public."Message" ("ticketId");
create table public."Product" ("nmId" varchar(32) not null, "title" text not null, "attributes" jsonb, constraint "Product_pkey" primary key ("nmId"));
alter table public."Ticket" add constraint "Ticket_sellerId_fkey" foreign key ("sellerId") references public."Seller" ("id") on delete restrict on update cascade;
alter table public."Message" add constraint "Message_ticketId_fkey" foreign key ("ticketId") references public."Ticket" ("id") on delete restrict on update cascade;

insert into public."Seller" ("name") values ('Лён');
insert into public."Product" values ('100200', 'Рубашка льняная', '{"Состав": "лён 100%"}');
insert into public."Ticket" ("sellerId", "channel", "externalId", "customerName", "body", "rating", "status", "priority", "nmId", "metadata", "updatedAt") values
  (1, 'REVIEW', 'r-1', 'Олег', 'Порвалась молния', 1, 'OPEN', 'HIGH', '100200', null, now()),       -- 1: waits
  (1, 'CHAT', 'c-1', 'Анна', 'Где заказ?', null, 'OPEN', 'URGENT', null, '{"own": true}', now()),    -- 2: waits
  (1, 'QUESTION', 'q-1', 'Пётр', 'Какой состав?', null, 'ANSWERED', 'MEDIUM', '100200', null, now()), -- 3: answered
  (1, 'CHAT', 'c-2', 'Иван', 'Спасибо', null, 'CLOSED', 'LOW', null, null, now());                   -- 4: closed
insert into public."Message" ("ticketId", "author", "text", "createdAt") values
  (2, 'CUSTOMER', 'Добрый день', now() - interval '2 hours'),
  (2, 'SYSTEM', 'Тикет создан', now() - interval '119 minutes'),
  (2, 'AGENT', 'Слушаю вас', now() - interval '110 minutes'),
  (2, 'CUSTOMER', 'Где заказ?', now() - interval '1 hour');
