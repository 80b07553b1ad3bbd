-- What a run left behind, one row for each file, and how far its copy is.
CREATE TABLE "artifacts" (
    "id" UUID NOT NULL,
    "meeting_id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "reason" TEXT,
    "content_type" TEXT,
    "bytes" DOUBLE PRECISION,
    "copied_bytes" DOUBLE PRECISION,
    "sha256" TEXT,
    "duration_seconds" DOUBLE PRECISION,
    "storage_key" TEXT,
    "written_keys" TEXT[] NOT NULL DEFAULT '{}',
    "stored_at" TIMESTAMPTZ(3),
    "deadline" TIMESTAMPTZ(3) NOT NULL,
    "settled" BOOLEAN NOT NULL DEFAULT false,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "lease_until" TIMESTAMPTZ(3),
    "due_at" TIMESTAMPTZ(3),
    "round" INTEGER NOT NULL DEFAULT 0,
    "last_problem" TEXT,
    "version" INTEGER NOT NULL DEFAULT 0,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "artifacts_pkey" PRIMARY KEY ("id")
);

CREATE UNIQUE INDEX "artifacts_by_meeting" ON "artifacts"("meeting_id", "kind");
CREATE INDEX "artifacts_due" ON "artifacts"("due_at") WHERE (due_at IS NOT NULL);
CREATE INDEX "artifacts_in_danger" ON "artifacts"("deadline") WHERE (state IN ('pending', 'copying', 'failed'));
ALTER TABLE "artifacts" ADD CONSTRAINT "artifacts_meeting_id_fkey" FOREIGN KEY ("meeting_id") REFERENCES "meetings"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- Whether the results of a run, as they stand, have become artifacts; and what was delivered.
ALTER TABLE "meetings" ADD COLUMN "collected" BOOLEAN NOT NULL DEFAULT false;
ALTER TABLE "meetings" ADD COLUMN "collect_due_at" TIMESTAMPTZ(3);
ALTER TABLE "meetings" ADD COLUMN "delivery" JSONB;
ALTER TABLE "meetings" ADD COLUMN "delivery_grade" TEXT;
CREATE INDEX "meetings_list_by_delivery" ON "meetings"("user_id", "delivery_grade", "created_at" DESC, "id" DESC) WHERE (delivery_grade IS NOT NULL);

-- Runs of the last days: the vendor may still have their files.
UPDATE "meetings" SET "due_at" = now(), "version" = "version" + 1
WHERE "final_at" > now() - interval '14 days' AND "processing_status" IN ('completed', 'failed') AND "due_at" IS NULL;
