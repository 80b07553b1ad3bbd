-- AlterTable
ALTER TABLE "webhook_endpoints" ADD COLUMN     "after_position" BIGINT NOT NULL DEFAULT 0,
ADD COLUMN     "due_at" TIMESTAMPTZ(3),
ADD COLUMN     "failures" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "first_failure_at" TIMESTAMPTZ(3),
ADD COLUMN     "last_failure_at" TIMESTAMPTZ(3),
ADD COLUMN     "last_success_at" TIMESTAMPTZ(3),
ADD COLUMN     "replay_after" BIGINT,
ADD COLUMN     "replay_up_to" BIGINT,
ADD COLUMN     "retry_at" TIMESTAMPTZ(3),
ADD COLUMN     "round" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "warned_percent" INTEGER NOT NULL DEFAULT 0;

-- CreateTable
CREATE TABLE "webhook_cursor" (
    "id" INTEGER NOT NULL DEFAULT 1,
    "position" BIGINT NOT NULL DEFAULT 0,

    CONSTRAINT "webhook_cursor_pkey" PRIMARY KEY ("id")
);

INSERT INTO "webhook_cursor" ("id") VALUES (1);

-- CreateTable
CREATE TABLE "webhook_deliveries" (
    "id" UUID NOT NULL,
    "endpoint_id" UUID NOT NULL,
    "position" BIGINT NOT NULL,
    "type" TEXT NOT NULL,
    "subject_kind" TEXT NOT NULL,
    "subject_id" UUID NOT NULL,
    "seq" INTEGER NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'pending',
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "due_at" TIMESTAMPTZ(3),
    "last_status" INTEGER,
    "last_problem" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "settled_at" TIMESTAMPTZ(3),

    CONSTRAINT "webhook_deliveries_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "webhook_attempts" (
    "delivery_id" UUID NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "number" INTEGER NOT NULL,
    "status" INTEGER,
    "duration_ms" INTEGER NOT NULL,
    "answer" TEXT,
    "problem" TEXT,
    "detail" TEXT,

    CONSTRAINT "webhook_attempts_pkey" PRIMARY KEY ("delivery_id","at")
) PARTITION BY RANGE ("at");

-- The months are in a schema of their own. What belongs to none of them is kept in "other".
CREATE SCHEMA "webhook_attempts";
CREATE TABLE "webhook_attempts"."other" PARTITION OF "webhook_attempts" DEFAULT;

-- Makes this month and the next one if they are missing, and drops months that ended before a time.
CREATE FUNCTION "webhook_attempts"."keep_months"("at_time" TIMESTAMPTZ, "remove_before" TIMESTAMPTZ) RETURNS VOID
LANGUAGE plpgsql SET lock_timeout = '5s' SET timezone = 'UTC' AS $$
DECLARE
  first_day TIMESTAMPTZ;
  next_day TIMESTAMPTZ;
  name TEXT;
BEGIN
  PERFORM pg_advisory_xact_lock(7226002);
  FOR ahead IN 0..1 LOOP
    first_day := date_trunc('month', at_time) + ahead * interval '1 month';
    next_day := first_day + interval '1 month';
    name := to_char(first_day, '"m"YYYY_MM');
    IF to_regclass('webhook_attempts.' || name) IS NULL THEN
      EXECUTE format('CREATE TABLE webhook_attempts.%I (LIKE webhook_attempts INCLUDING ALL)', name);
      EXECUTE format('WITH moved AS (DELETE FROM webhook_attempts.other WHERE at >= %L AND at < %L RETURNING *)
        INSERT INTO webhook_attempts.%I SELECT * FROM moved', first_day, next_day, name);
      EXECUTE format('ALTER TABLE webhook_attempts ATTACH PARTITION webhook_attempts.%I FOR VALUES FROM (%L) TO (%L)',
        name, first_day, next_day);
    END IF;
  END LOOP;
  FOR name IN SELECT relname FROM pg_class
    WHERE relnamespace = 'webhook_attempts'::regnamespace AND relkind = 'r' AND relname ~ '^m\d{4}_\d{2}$'
      AND to_date(substr(relname, 2), 'YYYY_MM') + interval '1 month' <= remove_before
  LOOP
    EXECUTE format('DROP TABLE webhook_attempts.%I', name);
  END LOOP;
  DELETE FROM webhook_attempts.other WHERE at < remove_before;
END $$;
SELECT "webhook_attempts"."keep_months"(now(), now() - interval '100 years');

-- CreateIndex
CREATE INDEX "webhook_deliveries_due" ON "webhook_deliveries"("endpoint_id", "due_at", "position") WHERE (state = 'pending');

-- CreateIndex
CREATE INDEX "webhook_deliveries_failed" ON "webhook_deliveries"("endpoint_id", "created_at") WHERE (state = 'failed');

-- CreateIndex
CREATE INDEX "webhook_deliveries_retention" ON "webhook_deliveries"("settled_at") WHERE (settled_at IS NOT NULL);

-- CreateIndex
CREATE UNIQUE INDEX "webhook_deliveries_event" ON "webhook_deliveries"("endpoint_id", "position");

-- CreateIndex
CREATE INDEX "webhook_endpoints_due" ON "webhook_endpoints"("due_at") WHERE (due_at IS NOT NULL);

-- CreateIndex
CREATE INDEX "webhook_endpoints_replayed" ON "webhook_endpoints"("id") WHERE (replay_after IS NOT NULL);

-- AddForeignKey
ALTER TABLE "webhook_deliveries" ADD CONSTRAINT "webhook_deliveries_endpoint_id_fkey" FOREIGN KEY ("endpoint_id") REFERENCES "webhook_endpoints"("id") ON DELETE CASCADE ON UPDATE CASCADE;
