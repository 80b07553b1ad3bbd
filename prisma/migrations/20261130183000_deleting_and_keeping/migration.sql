-- Whether what a run left is kept: a hold, and how far the deletion of its data is.
ALTER TABLE "meetings" ADD COLUMN "hold" JSONB;
ALTER TABLE "meetings" ADD COLUMN "data_deletion" JSONB;
ALTER TABLE "meetings" ADD COLUMN "delete_due_at" TIMESTAMPTZ(3);
ALTER TABLE "meetings" ADD COLUMN "media_deleted" BOOLEAN NOT NULL DEFAULT false;
ALTER TABLE "meetings" ADD COLUMN "transcripts_deleted" BOOLEAN NOT NULL DEFAULT false;
ALTER TABLE "meetings" ADD COLUMN "everything_deleted" BOOLEAN NOT NULL DEFAULT false;

-- After how many days data of a user's bots are deleted.
ALTER TABLE "users" ADD COLUMN "retention_days" INTEGER;
ALTER TABLE "users" ADD COLUMN "media_retention_days" INTEGER;
ALTER TABLE "users" ADD COLUMN "transcript_retention_days" INTEGER;

-- For retention: the ended bots of a user of which something is kept, the oldest first.
CREATE INDEX "meetings_with_media" ON "meetings"("user_id", "final_at") WHERE (final_state <> 'cancelled' AND NOT media_deleted);
CREATE INDEX "meetings_with_transcripts" ON "meetings"("user_id", "final_at") WHERE (final_state <> 'cancelled' AND NOT transcripts_deleted);
CREATE INDEX "meetings_with_anything" ON "meetings"("user_id", "final_at") WHERE (final_state <> 'cancelled' AND NOT everything_deleted);

-- For deleting what the webhooks of one bot said.
CREATE INDEX "webhook_events_of_bot" ON "webhook_events"("vendor_bot_id") WHERE (vendor_bot_id IS NOT NULL AND body IS NOT NULL);
