-- AlterTable
ALTER TABLE "meetings" ADD COLUMN     "shared_late" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "shared_since" TIMESTAMPTZ(3);

-- CreateTable
CREATE TABLE "meeting_subscribers" (
    "meeting_id" UUID NOT NULL,
    "user_id" UUID NOT NULL,
    "shared_since" TIMESTAMPTZ(3) NOT NULL,
    "shared_late" BOOLEAN NOT NULL,
    "extra" JSONB,
    "meeting_baas_calendar_id" TEXT,
    "calendar_event_id" TEXT,
    "calendar_provider" TEXT,
    "event_starts_at" TIMESTAMPTZ(3),
    "event_ends_at" TIMESTAMPTZ(3),
    "meeting_created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "meeting_subscribers_pkey" PRIMARY KEY ("meeting_id","user_id")
);

-- CreateIndex
CREATE INDEX "meeting_subscribers_list" ON "meeting_subscribers"("user_id", "meeting_created_at" DESC, "meeting_id" DESC);

-- CreateIndex
CREATE INDEX "meetings_active_of_all_by_join_key" ON "meetings"("join_key") WHERE (final_at IS NULL);

-- AddForeignKey
ALTER TABLE "meeting_subscribers" ADD CONSTRAINT "meeting_subscribers_meeting_id_fkey" FOREIGN KEY ("meeting_id") REFERENCES "meetings"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "meeting_subscribers" ADD CONSTRAINT "meeting_subscribers_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;
