CREATE TABLE "predraft"."content_changes" (
	"interaction_id" bigint NOT NULL,
	"old_hash" text NOT NULL,
	"at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "predraft"."thread_marks" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "predraft"."thread_marks_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"thread" text NOT NULL,
	"at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	"enqueued" boolean DEFAULT false NOT NULL
);
--> statement-breakpoint
ALTER TABLE "predraft"."drafts" ADD COLUMN "external_id" text;--> statement-breakpoint
ALTER TABLE "predraft"."drafts" ADD COLUMN "thread" text;--> statement-breakpoint
ALTER TABLE "predraft"."drafts" ADD COLUMN "seen_marks" bigint[];--> statement-breakpoint
CREATE INDEX "content_changes_interaction_idx" ON "predraft"."content_changes" USING btree ("interaction_id","at");--> statement-breakpoint
CREATE INDEX "thread_marks_thread_idx" ON "predraft"."thread_marks" USING btree ("thread");--> statement-breakpoint
CREATE INDEX "thread_marks_waiting_idx" ON "predraft"."thread_marks" USING btree ("id") WHERE not enqueued;--> statement-breakpoint
CREATE INDEX "drafts_thread_idx" ON "predraft"."drafts" USING btree ("thread") WHERE thread is not null;--> statement-breakpoint
CREATE INDEX "enqueue_misses_truncated_idx" ON "predraft"."enqueue_misses" USING btree ("at") WHERE reason = 'truncated';