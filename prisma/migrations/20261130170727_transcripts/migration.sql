-- Transcripts, what was said in them, and the names that users give to speakers.
-- CreateTable
CREATE TABLE "transcripts" (
    "id" UUID NOT NULL,
    "meeting_id" UUID NOT NULL,
    "version" INTEGER NOT NULL,
    "source" TEXT NOT NULL,
    "source_key" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "is_current" BOOLEAN NOT NULL DEFAULT false,
    "provider" TEXT,
    "model" TEXT,
    "language" TEXT,
    "utterances" INTEGER NOT NULL DEFAULT 0,
    "words" INTEGER NOT NULL DEFAULT 0,
    "speakers" TEXT[],
    "duration_ms" INTEGER NOT NULL DEFAULT 0,
    "problems" JSONB NOT NULL DEFAULT '{}',
    "error_code" TEXT,
    "error_message" TEXT,
    "requested_by" UUID,
    "progress" DOUBLE PRECISION,
    "options" JSONB,
    "sealed_key" TEXT,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "lease_until" TIMESTAMPTZ(3),
    "due_at" TIMESTAMPTZ(3),
    "round" INTEGER NOT NULL DEFAULT 0,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "completed_at" TIMESTAMPTZ(3),

    CONSTRAINT "transcripts_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "utterances" (
    "transcript_id" UUID NOT NULL,
    "seq" INTEGER NOT NULL,
    "meeting_id" UUID NOT NULL,
    "speaker" TEXT,
    "folded_speaker" TEXT,
    "start_ms" INTEGER NOT NULL,
    "end_ms" INTEGER NOT NULL,
    "text" TEXT NOT NULL,
    "words" JSONB NOT NULL,
    "language" TEXT,
    "spoken_at" TIMESTAMPTZ(3) NOT NULL,
    "search_words" tsvector NOT NULL,
    "viewers" UUID[],

    CONSTRAINT "utterances_pkey" PRIMARY KEY ("transcript_id","seq")
);

-- CreateTable
CREATE TABLE "speaker_names" (
    "meeting_id" UUID NOT NULL,
    "label" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "folded_name" TEXT NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "speaker_names_pkey" PRIMARY KEY ("meeting_id","label")
);

-- CreateIndex
CREATE INDEX "transcripts_due" ON "transcripts"("due_at") WHERE (due_at IS NOT NULL);

-- CreateIndex
CREATE INDEX "transcripts_requested_by" ON "transcripts"("requested_by") WHERE (requested_by IS NOT NULL);

-- CreateIndex
CREATE UNIQUE INDEX "transcripts_version" ON "transcripts"("meeting_id", "version");

-- CreateIndex
CREATE UNIQUE INDEX "transcripts_source" ON "transcripts"("meeting_id", "source", "source_key");

-- CreateIndex
CREATE UNIQUE INDEX "transcripts_current" ON "transcripts"("meeting_id") WHERE (is_current);

-- CreateIndex
CREATE INDEX "utterances_search" ON "utterances" USING GIN ("viewers", "search_words" tsvector_ops);

-- AddForeignKey
ALTER TABLE "transcripts" ADD CONSTRAINT "transcripts_meeting_id_fkey" FOREIGN KEY ("meeting_id") REFERENCES "meetings"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "transcripts" ADD CONSTRAINT "transcripts_requested_by_fkey" FOREIGN KEY ("requested_by") REFERENCES "users"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "utterances" ADD CONSTRAINT "utterances_transcript_id_fkey" FOREIGN KEY ("transcript_id") REFERENCES "transcripts"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "speaker_names" ADD CONSTRAINT "speaker_names_meeting_id_fkey" FOREIGN KEY ("meeting_id") REFERENCES "meetings"("id") ON DELETE CASCADE ON UPDATE CASCADE;
