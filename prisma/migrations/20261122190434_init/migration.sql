-- CreateTable
CREATE TABLE "users" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "email" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "users_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "api_keys" (
    "id" UUID NOT NULL,
    "user_id" UUID NOT NULL,
    "prefix" TEXT NOT NULL,
    "key_hash" TEXT NOT NULL,
    "label" TEXT,
    "scopes" TEXT[],
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3),
    "last_used_at" TIMESTAMPTZ(3),
    "revoked_at" TIMESTAMPTZ(3),

    CONSTRAINT "api_keys_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "meetings" (
    "id" UUID NOT NULL,
    "user_id" UUID NOT NULL,
    "meeting_url" TEXT NOT NULL,
    "platform" TEXT NOT NULL,
    "join_key" TEXT NOT NULL,
    "bot_name" TEXT NOT NULL,
    "bot_config" JSONB NOT NULL,
    "extra" JSONB,
    "join_at" TIMESTAMPTZ(3),
    "processing_status" TEXT NOT NULL DEFAULT 'pending',
    "vendor_status" TEXT,
    "vendor_status_at" TIMESTAMPTZ(3),
    "run" INTEGER NOT NULL DEFAULT 1,
    "meeting_baas_id" TEXT,
    "recording_url" TEXT,
    "artifacts" JSONB,
    "artifacts_expire_at" TIMESTAMPTZ(3),
    "participants" JSONB,
    "speakers" JSONB,
    "duration_seconds" DOUBLE PRECISION,
    "joined_at" TIMESTAMPTZ(3),
    "recording_started_at" TIMESTAMPTZ(3),
    "exited_at" TIMESTAMPTZ(3),
    "error_code" TEXT,
    "error_message" TEXT,
    "meeting_baas_calendar_id" TEXT,
    "calendar_event_id" TEXT,
    "calendar_provider" TEXT,
    "leave_requested_at" TIMESTAMPTZ(3),
    "leave_sent_at" TIMESTAMPTZ(3),
    "final_at" TIMESTAMPTZ(3),
    "last_seq" INTEGER NOT NULL DEFAULT 0,
    "version" INTEGER NOT NULL DEFAULT 0,
    "create_attempts" INTEGER NOT NULL DEFAULT 0,
    "lease_until" TIMESTAMPTZ(3),
    "due_at" TIMESTAMPTZ(3),
    "round" INTEGER NOT NULL DEFAULT 0,
    "last_problem" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "meetings_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "meeting_events" (
    "meeting_id" UUID NOT NULL,
    "seq" INTEGER NOT NULL,
    "type" TEXT NOT NULL,
    "occurred_at" TIMESTAMPTZ(3) NOT NULL,
    "recorded_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "cause" TEXT NOT NULL,
    "webhook_event_id" UUID,
    "data" JSONB NOT NULL,

    CONSTRAINT "meeting_events_pkey" PRIMARY KEY ("meeting_id","seq")
);

-- CreateTable
CREATE TABLE "webhook_events" (
    "id" UUID NOT NULL,
    "source" TEXT NOT NULL,
    "message_id" TEXT,
    "dedupe_key" TEXT NOT NULL,
    "business_key" TEXT,
    "event_type" TEXT NOT NULL,
    "vendor_bot_id" TEXT,
    "meeting_id" UUID,
    "body" TEXT,
    "state" TEXT NOT NULL DEFAULT 'received',
    "outcome" TEXT,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "error" TEXT,
    "round" INTEGER NOT NULL DEFAULT 0,
    "due_at" TIMESTAMPTZ(3),
    "received_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "processed_at" TIMESTAMPTZ(3),

    CONSTRAINT "webhook_events_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "idempotency_keys" (
    "user_id" UUID NOT NULL,
    "key" TEXT NOT NULL,
    "fingerprint" TEXT NOT NULL,
    "status_code" INTEGER,
    "body" TEXT,
    "location" TEXT,
    "locked_until" TIMESTAMPTZ(3) NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "idempotency_keys_pkey" PRIMARY KEY ("user_id","key")
);

-- CreateTable
CREATE TABLE "scheduler_tasks" (
    "name" TEXT NOT NULL,
    "last_started_at" TIMESTAMPTZ(3),
    "last_finished_at" TIMESTAMPTZ(3),
    "last_duration_ms" INTEGER,
    "last_outcome" TEXT,
    "last_error" TEXT,
    "last_error_at" TIMESTAMPTZ(3),

    CONSTRAINT "scheduler_tasks_pkey" PRIMARY KEY ("name")
);

-- CreateTable
CREATE TABLE "provider_limits" (
    "name" TEXT NOT NULL,
    "next_at" TIMESTAMPTZ(3) NOT NULL,
    "paused_until" TIMESTAMPTZ(3),
    "pause_reason" TEXT,

    CONSTRAINT "provider_limits_pkey" PRIMARY KEY ("name")
);

-- CreateIndex
CREATE UNIQUE INDEX "users_name_key" ON "users"("name");

-- CreateIndex
CREATE UNIQUE INDEX "api_keys_key_hash_key" ON "api_keys"("key_hash");

-- CreateIndex
CREATE INDEX "api_keys_user_id_idx" ON "api_keys"("user_id");

-- CreateIndex
CREATE UNIQUE INDEX "meetings_meeting_baas_id_key" ON "meetings"("meeting_baas_id");

-- CreateIndex
CREATE INDEX "meetings_list" ON "meetings"("user_id", "created_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "meetings_list_by_state" ON "meetings"("user_id", "processing_status", "created_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "meetings_list_by_platform" ON "meetings"("user_id", "platform", "created_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "meetings_list_by_join_key" ON "meetings"("user_id", "join_key", "created_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "meetings_active_by_join_key" ON "meetings"("user_id", "join_key") WHERE (final_at IS NULL);

-- CreateIndex
CREATE INDEX "meetings_active" ON "meetings"("id") WHERE (final_at IS NULL AND meeting_baas_id IS NOT NULL);

-- CreateIndex
CREATE INDEX "meetings_due" ON "meetings"("due_at") WHERE (due_at IS NOT NULL);

-- CreateIndex
CREATE UNIQUE INDEX "webhook_events_dedupe_key" ON "webhook_events"("dedupe_key");

-- CreateIndex
CREATE INDEX "webhook_events_business_key" ON "webhook_events"("business_key") WHERE (business_key IS NOT NULL);

-- CreateIndex
CREATE INDEX "webhook_events_due" ON "webhook_events"("due_at") WHERE (due_at IS NOT NULL);

-- CreateIndex
CREATE INDEX "webhook_events_dead_letters" ON "webhook_events"("id" DESC) WHERE (state = 'failed');

-- CreateIndex
CREATE INDEX "webhook_events_retention" ON "webhook_events"("processed_at") WHERE (state = 'processed' AND body IS NOT NULL);

-- CreateIndex
CREATE INDEX "idempotency_keys_expires_at_idx" ON "idempotency_keys"("expires_at");

-- AddForeignKey
ALTER TABLE "api_keys" ADD CONSTRAINT "api_keys_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "meetings" ADD CONSTRAINT "meetings_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "meeting_events" ADD CONSTRAINT "meeting_events_meeting_id_fkey" FOREIGN KEY ("meeting_id") REFERENCES "meetings"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "idempotency_keys" ADD CONSTRAINT "idempotency_keys_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;
