-- One log: the timelines of bots and the logs of calendar connections become entries of one table.
-- Programs of before this migration do not know it: stop them first.
CREATE TABLE "log" (
    "subject_kind" TEXT NOT NULL,
    "subject_id" UUID NOT NULL,
    "seq" INTEGER NOT NULL,
    "type" TEXT NOT NULL,
    "occurred_at" TIMESTAMPTZ(3) NOT NULL,
    "recorded_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "cause" TEXT NOT NULL,
    "webhook_event_id" UUID,
    "data" JSONB NOT NULL,

    CONSTRAINT "log_pkey" PRIMARY KEY ("subject_id","subject_kind","seq")
);

INSERT INTO "log" ("subject_kind", "subject_id", "seq", "type", "occurred_at", "recorded_at", "cause", "webhook_event_id", "data")
SELECT 'bot', "meeting_id", "seq", "type", "occurred_at", "recorded_at", "cause", "webhook_event_id", "data" FROM "meeting_events"
UNION ALL
SELECT 'integration', "integration_id", "seq", "type", "occurred_at", "recorded_at", "cause", NULL, "data" FROM "calendar_integration_log";

DROP TABLE "meeting_events";
DROP TABLE "calendar_integration_log";
