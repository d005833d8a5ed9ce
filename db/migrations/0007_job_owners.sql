CREATE TABLE "predraft"."job_owners" (
	"interaction_id" bigint NOT NULL,
	"job_key" text NOT NULL,
	"seller_id" bigint NOT NULL,
	CONSTRAINT "job_owners_pkey" PRIMARY KEY("interaction_id","job_key")
);
--> statement-breakpoint
CREATE INDEX "job_owners_seller_idx" ON "predraft"."job_owners" USING btree ("seller_id");