-- AlterTable
ALTER TABLE "calendar_events" ADD COLUMN     "over_capacity" BOOLEAN NOT NULL DEFAULT false;

-- AlterTable
ALTER TABLE "provider_limits" ADD COLUMN     "pause_code" TEXT;

-- CreateIndex
CREATE INDEX "calendar_events_over_capacity" ON "calendar_events"("end_time") WHERE (over_capacity);

-- CreateIndex
CREATE INDEX "meetings_by_join_time" ON "meetings"("join_at") WHERE (join_at IS NOT NULL AND processing_status <> 'cancelled');

-- CreateIndex
CREATE INDEX "meetings_sent_at_once" ON "meetings"("created_at") WHERE (join_at IS NULL AND processing_status <> 'cancelled');
