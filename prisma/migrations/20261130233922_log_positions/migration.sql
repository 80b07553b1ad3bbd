-- AlterTable
ALTER TABLE "log" ADD COLUMN     "snapshot" JSON;

-- CreateTable
CREATE TABLE "log_unnumbered" (
    "id" BIGSERIAL NOT NULL,
    "subject_kind" TEXT NOT NULL,
    "subject_id" UUID NOT NULL,
    "seq" INTEGER NOT NULL,
    "type" TEXT NOT NULL,
    "owner_id" UUID,
    "readers" JSONB,

    CONSTRAINT "log_unnumbered_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "log_positions" (
    "position" BIGINT NOT NULL,
    "subject_kind" TEXT NOT NULL,
    "subject_id" UUID NOT NULL,
    "seq" INTEGER NOT NULL,
    "type" TEXT NOT NULL,
    "readers" UUID[],
    "others" INTEGER NOT NULL,
    "numbered_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "log_positions_pkey" PRIMARY KEY ("position")
);

-- CreateTable
CREATE TABLE "log_readers" (
    "reader_id" UUID NOT NULL,
    "position" BIGINT NOT NULL,
    "subject_kind" TEXT NOT NULL,
    "subject_id" UUID NOT NULL,
    "seq" INTEGER NOT NULL,
    "type" TEXT NOT NULL,
    "others" INTEGER NOT NULL,
    "share" JSONB,

    CONSTRAINT "log_readers_pkey" PRIMARY KEY ("reader_id","position")
);

-- CreateTable
CREATE TABLE "log_counter" (
    "id" INTEGER NOT NULL DEFAULT 1,
    "newest" BIGINT NOT NULL DEFAULT 0,
    "removed" BIGINT NOT NULL DEFAULT 0,

    CONSTRAINT "log_counter_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "log_positions_by_subject" ON "log_positions"("subject_id", "position");

-- The counter is one row.
INSERT INTO "log_counter" ("id") VALUES (1);

-- Each row is deleted within a second. Without this, vacuum would wait for a fifth of the live rows, of which there are none.
ALTER TABLE "log_unnumbered" SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000);
