ALTER TABLE "predraft"."seller_settings" ALTER COLUMN "tone" DROP DEFAULT;--> statement-breakpoint
ALTER TABLE "predraft"."seller_settings" ALTER COLUMN "tone" DROP NOT NULL;