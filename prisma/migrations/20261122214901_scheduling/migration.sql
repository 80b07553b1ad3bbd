-- AlterTable
ALTER TABLE "calendar_events" ADD COLUMN     "decided_at" TIMESTAMPTZ(3),
ADD COLUMN     "decision" JSONB;

-- AlterTable
ALTER TABLE "meetings" ADD COLUMN     "change_owed" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "event_ends_at" TIMESTAMPTZ(3),
ADD COLUMN     "event_starts_at" TIMESTAMPTZ(3);

-- CreateTable
CREATE TABLE "recording_rules" (
    "user_id" UUID NOT NULL,
    "rules" JSONB NOT NULL,
    "version" INTEGER NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "recording_rules_pkey" PRIMARY KEY ("user_id")
);

-- CreateTable
CREATE TABLE "recording_overrides" (
    "user_id" UUID NOT NULL,
    "scope" TEXT NOT NULL,
    "target_id" UUID NOT NULL,
    "value" TEXT NOT NULL,
    "bot" JSONB,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "recording_overrides_pkey" PRIMARY KEY ("user_id","scope","target_id")
);

-- CreateTable
CREATE TABLE "recording_decisions" (
    "event_id" UUID NOT NULL,
    "decided_at" TIMESTAMPTZ(3) NOT NULL,
    "decision" JSONB NOT NULL,

    CONSTRAINT "recording_decisions_pkey" PRIMARY KEY ("event_id","decided_at")
);

-- CreateIndex
CREATE INDEX "meetings_by_event" ON "meetings"("user_id", "calendar_event_id") WHERE (calendar_event_id IS NOT NULL);

-- AddForeignKey
ALTER TABLE "recording_rules" ADD CONSTRAINT "recording_rules_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "recording_overrides" ADD CONSTRAINT "recording_overrides_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "recording_decisions" ADD CONSTRAINT "recording_decisions_event_id_fkey" FOREIGN KEY ("event_id") REFERENCES "calendar_events"("id") ON DELETE CASCADE ON UPDATE CASCADE;
