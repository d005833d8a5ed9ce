import type { HostMapping } from "../../../db/host/mapping.ts";
import { mappingOf } from "../../helpers/foreign-host.ts";

/** A host unlike ours, and the statements that its application runs. `$1` is the interaction's id. */
export interface OddHost {
  readonly name: string;
  readonly ddl: string;
  readonly mapping: HostMapping;
  /** Inserts one open interaction and answers with its id as `id`. */
  readonly insert: string;
  /** Writes the row back with its document made anew, its content as it was. */
  readonly rewrite: string;
  readonly change: string;
  readonly remove: string;
}

const statements = (
  table: string,
  { id = "id", text = "text", document = "metadata", type = "jsonb", insert = "" } = {},
) => ({
  insert,
  rewrite: `update ${table} set ${document} = (coalesce(${document}::jsonb, '{}') || jsonb_build_object('link_updated_at', clock_timestamp()))::${type} where ${id} = $1`,
  change: `update ${table} set ${text} = 'Другой вопрос' where ${id} = $1`,
  remove: `delete from ${table} where ${id} = $1`,
});

const plain = (id: string, sellerId: string, document: string) => `
  create table public.interactions (
    id ${id}, seller_id ${sellerId} not null, channel text not null, text text, status text not null default 'open',
    needs_response boolean not null default true, metadata ${document});`;

const nasty = `"My ""App"" x $$"."Inter actions v1 $body$ {{table}}"`;

export const oddHosts: readonly OddHost[] = [
  {
    name: "uuid keys",
    ddl: plain("uuid primary key default gen_random_uuid()", "uuid", "jsonb"),
    mapping: mappingOf({ keys: { id: "uuid", seller_id: "uuid" } }),
    ...statements("public.interactions", {
      insert:
        "insert into public.interactions (seller_id, channel, text) values (gen_random_uuid(), 'question', 'Из чего?') returning id",
    }),
  },
  {
    name: "uuid interactions of integer sellers, in json",
    ddl: plain("uuid primary key default gen_random_uuid()", "integer", "json"),
    mapping: mappingOf({
      keys: { id: "uuid", seller_id: "integer" },
      document: { column: "metadata", type: "json" },
    }),
    ...statements("public.interactions", {
      type: "json",
      insert:
        "insert into public.interactions (seller_id, channel, text) values (7, 'question', 'Из чего?') returning id",
    }),
  },
  {
    name: "ids beyond what JavaScript counts exactly",
    ddl: plain("bigint primary key", "bigint", "jsonb"),
    mapping: mappingOf({}),
    ...statements("public.interactions", {
      insert:
        "insert into public.interactions (id, seller_id, channel, text) values (9223372036854775801, 1, 'question', 'Из чего?') returning id",
    }),
  },
  {
    name: "quoted, mixed-case names with quotes, dots, spaces, dollars and braces, in another schema",
    ddl: `
      create schema "My ""App"" x $$";
      create table ${nasty} (
        "Id" serial primary key, "Seller Id" integer not null, "Chan'nel" varchar(16) not null, "te""xt. $$ {{n.id}}" text,
        "Status" varchar(16) not null default 'open', "needs" boolean not null default true, "Meta$$data" json);
      create table "My ""App"" x $$"."Set'tings" (key varchar(50) primary key, value text);`,
    mapping: mappingOf({
      table: { schema: 'My "App" x $$', name: "Inter actions v1 $body$ {{table}}" },
      settings: { schema: 'My "App" x $$', name: "Set'tings" },
      document: { column: "Meta$$data", type: "json" },
      keys: { id: "integer", seller_id: "integer" },
      customer_name_keys: ["it's $$", "user.name"],
      columns: {
        id: "Id",
        seller_id: "Seller Id",
        channel: "Chan'nel",
        text: 'te"xt. $$ {{n.id}}',
        status: "Status",
        needs_response: "needs",
      },
    }),
    ...statements(nasty, {
      id: `"Id"`,
      text: `"te""xt. $$ {{n.id}}"`,
      document: `"Meta$$data"`,
      type: "json",
      insert: `insert into ${nasty} ("Seller Id", "Chan'nel", "te""xt. $$ {{n.id}}") values (1, 'question', 'Из чего?') returning "Id" as id`,
    }),
  },
  {
    name: "enumerations, domains, char, smallint, numeric and times without zone",
    ddl: `
      create type public.channel as enum ('review', 'question', 'chat');
      create type public.state as enum ('open', 'responded');
      create type public.urgency as enum ('low', 'normal', 'high', 'urgent');
      create domain public.flag as boolean;
      create domain public.said as varchar(4000);
      create table public.interactions (
        id serial primary key, seller_id integer not null, channel public.channel not null, text public.said,
        status public.state not null default 'open', needs_response public.flag not null default true,
        priority public.urgency not null default 'high', rating numeric(3, 1), marketplace char(12) default 'ozon',
        nm_id varchar(30), occurred_at timestamp, metadata jsonb);`,
    mapping: mappingOf({
      keys: { id: "integer", seller_id: "integer" },
      columns: {
        priority: "priority",
        rating: "rating",
        marketplace: "marketplace",
        nm_id: "nm_id",
        occurred_at: "occurred_at",
      },
    }),
    ...statements("public.interactions", {
      insert: `insert into public.interactions (seller_id, channel, text, rating, nm_id, occurred_at)
        values (1, 'chat', 'Из чего?', 'NaN', 'не номер', date_trunc('hour', now() at time zone 'UTC')) returning id`,
    }),
  },
  {
    name: "a text that the database generates, of columns that are named as variables of ours",
    ddl: `
      create table public.interactions (
        id serial primary key, seller_id integer not null, channel text not null, draft text, hash text,
        text text generated always as (coalesce(draft, '') || coalesce(hash, '')) stored,
        status text not null default 'open', needs_response boolean not null default true, metadata json);`,
    mapping: mappingOf({
      keys: { id: "integer", seller_id: "integer" },
      document: { column: "metadata", type: "json" },
    }),
    ...statements("public.interactions", {
      text: "draft",
      type: "json",
      insert:
        "insert into public.interactions (seller_id, channel, draft) values (1, 'question', 'Из чего?') returning id",
    }),
  },
  {
    name: "a partitioned table",
    ddl: `
      create table public.interactions (
        id bigint generated by default as identity, seller_id bigint not null, marketplace text not null, channel text not null,
        text text, status text not null default 'open', needs_response boolean not null default true, metadata jsonb,
        primary key (id, marketplace)) partition by list (marketplace);
      create table public.interactions_wb partition of public.interactions for values in ('wildberries');
      create table public.interactions_ozon partition of public.interactions for values in ('ozon');`,
    mapping: mappingOf({ columns: { marketplace: "marketplace" } }),
    ...statements("public.interactions", {
      insert:
        "insert into public.interactions (seller_id, marketplace, channel, text) values (1, 'ozon', 'question', 'Из чего?') returning id",
    }),
  },
  {
    name: "a BEFORE trigger of the host's that fires after ours and changes the text",
    ddl: `${plain("serial primary key", "integer", "jsonb")}
      create function public.tidy() returns trigger language plpgsql as $$ begin new.text := btrim(new.text); return new; end $$;
      create trigger zzz_tidy before insert or update on public.interactions for each row execute function public.tidy();`,
    mapping: mappingOf({ keys: { id: "integer", seller_id: "integer" } }),
    ...statements("public.interactions", {
      insert:
        "insert into public.interactions (seller_id, channel, text) values (1, 'question', 'Из чего?') returning id",
    }),
  },
];
