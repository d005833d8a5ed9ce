CREATE TABLE "predraft"."draft_claims" (
	"claim_id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "predraft"."draft_claims_claim_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"interaction_id" bigint NOT NULL,
	"content_hash" text NOT NULL,
	"worker_id" integer NOT NULL,
	"seller_id" bigint NOT NULL,
	"provider" text NOT NULL,
	"paid" boolean NOT NULL,
	"day" timestamp with time zone,
	"cycle" timestamp with time zone,
	"urgent" boolean DEFAULT false NOT NULL,
	"again" boolean DEFAULT false NOT NULL,
	"claimed_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	CONSTRAINT "draft_claims_version_key" UNIQUE("interaction_id","content_hash")
);
--> statement-breakpoint
CREATE TABLE "predraft"."drafts" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "predraft"."drafts_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"interaction_id" bigint NOT NULL,
	"seller_id" bigint,
	"content_hash" text NOT NULL,
	"text" text,
	"intent" text,
	"sentiment" text,
	"sla_priority" text,
	"recommendation_reason" text,
	"source" text NOT NULL,
	"fallback_reason" text,
	"guardrail_warnings" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"provider" text,
	"request_model" text,
	"response_model" text,
	"prompt_version" text,
	"input_tokens" integer,
	"cached_input_tokens" integer,
	"output_tokens" integer,
	"cost_usd" numeric(12, 8),
	"duration_ms" integer,
	"finish_reason" text,
	"error_code" text,
	"trigger" text,
	"outcome" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	CONSTRAINT "drafts_source_known" CHECK ("predraft"."drafts"."source" in ('llm', 'fallback', 'offline', 'host')),
	CONSTRAINT "drafts_fallback_reason_known" CHECK ("predraft"."drafts"."fallback_reason" in ('llm_off', 'daily_limit', 'waiting', 'provider_down', 'failed', 'poison')),
	CONSTRAINT "drafts_trigger_known" CHECK ("predraft"."drafts"."trigger" in ('pregenerate', 'on_demand', 'force', 'upgrade')),
	CONSTRAINT "drafts_outcome_known" CHECK ("predraft"."drafts"."outcome" in ('saved', 'superseded', 'aborted', 'failed', 'unprojected')),
	CONSTRAINT "drafts_sla_priority_known" CHECK ("predraft"."drafts"."sla_priority" in ('urgent', 'high', 'normal', 'low')),
	CONSTRAINT "drafts_text_where_saved" CHECK ("predraft"."drafts"."text" is not null or "predraft"."drafts"."outcome" in ('aborted', 'failed'))
);
--> statement-breakpoint
CREATE TABLE "predraft"."enqueue_misses" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "predraft"."enqueue_misses_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"interaction_id" bigint NOT NULL,
	"reason" text NOT NULL,
	"at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "predraft"."gate" (
	"provider" text PRIMARY KEY NOT NULL,
	"next_start_at" timestamp with time zone DEFAULT '-infinity' NOT NULL,
	"paused_until" timestamp with time zone,
	"paused_reason" text
);
--> statement-breakpoint
CREATE TABLE "predraft"."host" (
	"singleton" boolean PRIMARY KEY DEFAULT true NOT NULL,
	"mapping" jsonb NOT NULL,
	"updated_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	CONSTRAINT "host_one_row" CHECK ("predraft"."host"."singleton")
);
--> statement-breakpoint
CREATE TABLE "predraft"."objects" (
	"name" text PRIMARY KEY NOT NULL,
	"stamp" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "predraft"."product_facts" (
	"seller_id" bigint NOT NULL,
	"nm_id" bigint NOT NULL,
	"name" text,
	"attributes" jsonb DEFAULT '{}'::jsonb NOT NULL,
	CONSTRAINT "product_facts_pkey" PRIMARY KEY("seller_id","nm_id")
);
--> statement-breakpoint
CREATE TABLE "predraft"."schema_version" (
	"singleton" boolean PRIMARY KEY DEFAULT true NOT NULL,
	"version" integer NOT NULL,
	"applied_by" text NOT NULL,
	"applied_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	CONSTRAINT "schema_version_one_row" CHECK ("predraft"."schema_version"."singleton")
);
--> statement-breakpoint
CREATE TABLE "predraft"."seller_settings" (
	"seller_id" bigint PRIMARY KEY NOT NULL,
	"tone" text DEFAULT 'neutral' NOT NULL,
	"signature" text,
	"own_rules" text,
	"time_zone" text DEFAULT 'Europe/Moscow' NOT NULL,
	"enabled" boolean DEFAULT true NOT NULL,
	"review_enabled" boolean DEFAULT true NOT NULL,
	"question_enabled" boolean DEFAULT true NOT NULL,
	"chat_enabled" boolean DEFAULT true NOT NULL,
	"updated_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	CONSTRAINT "seller_settings_tone_known" CHECK ("predraft"."seller_settings"."tone" in ('formal', 'neutral', 'friendly'))
);
--> statement-breakpoint
CREATE TABLE "predraft"."seller_usage" (
	"seller_id" bigint NOT NULL,
	"win" text NOT NULL,
	"win_start" timestamp with time zone NOT NULL,
	"calls" integer DEFAULT 0 NOT NULL,
	"urgent" integer DEFAULT 0 NOT NULL,
	CONSTRAINT "seller_usage_pkey" PRIMARY KEY("seller_id","win","win_start"),
	CONSTRAINT "seller_usage_win_known" CHECK ("predraft"."seller_usage"."win" in ('day', 'cycle')),
	CONSTRAINT "seller_usage_not_negative" CHECK ("predraft"."seller_usage"."calls" >= 0 and "predraft"."seller_usage"."urgent" >= 0)
);
--> statement-breakpoint
CREATE TABLE "predraft"."settings" (
	"key" text PRIMARY KEY NOT NULL,
	"value" text,
	"error" text,
	"changed_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "predraft"."workers" (
	"worker_id" integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "predraft"."workers_worker_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 2147483647 START WITH 1 CACHE 1),
	"pool_id" text,
	"host" text NOT NULL,
	"pid" integer NOT NULL,
	"version" text NOT NULL,
	"started_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	CONSTRAINT "workers_pool_id_key" UNIQUE("pool_id")
);
--> statement-breakpoint
CREATE INDEX "draft_claims_worker_idx" ON "predraft"."draft_claims" USING btree ("worker_id");--> statement-breakpoint
CREATE INDEX "drafts_version_idx" ON "predraft"."drafts" USING btree ("interaction_id","content_hash");--> statement-breakpoint
CREATE INDEX "drafts_created_at_idx" ON "predraft"."drafts" USING btree ("created_at");