CREATE TABLE "predraft"."debounces" (
	"interaction_id" bigint PRIMARY KEY NOT NULL,
	"until" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "predraft"."seller_parks" (
	"seller_id" bigint PRIMARY KEY NOT NULL,
	"until" timestamp with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "predraft"."drafts" ADD COLUMN "needs_escalation" boolean;--> statement-breakpoint
ALTER TABLE "predraft"."drafts" ADD COLUMN "escalation_reason" text;--> statement-breakpoint
ALTER TABLE "predraft"."gate" ADD COLUMN "paused_since" timestamp with time zone;