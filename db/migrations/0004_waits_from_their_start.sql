ALTER TABLE "predraft"."debounces" ADD COLUMN "written_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL;--> statement-breakpoint
ALTER TABLE "predraft"."gate" ADD COLUMN "last_start_at" timestamp with time zone DEFAULT '-infinity' NOT NULL;--> statement-breakpoint
ALTER TABLE "predraft"."debounces" DROP COLUMN "until";--> statement-breakpoint
ALTER TABLE "predraft"."gate" DROP COLUMN "next_start_at";