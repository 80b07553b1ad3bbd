-- CreateTable
CREATE TABLE "calendar_integrations" (
    "id" UUID NOT NULL,
    "user_id" UUID NOT NULL,
    "provider" TEXT NOT NULL,
    "calendar_id" TEXT,
    "external_calendar_id" TEXT NOT NULL,
    "name" TEXT,
    "account_email" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "status_message" TEXT,
    "refresh_token" TEXT,
    "pending_refresh_token" TEXT,
    "connect_attempts" INTEGER NOT NULL DEFAULT 0,
    "connect_started_at" TIMESTAMPTZ(3),
    "subscription_expires_at" TIMESTAMPTZ(3),
    "provider_synced_at" TIMESTAMPTZ(3),
    "provider_sync_error" TEXT,
    "checked_at" TIMESTAMPTZ(3),
    "lease_until" TIMESTAMPTZ(3),
    "due_at" TIMESTAMPTZ(3),
    "round" INTEGER NOT NULL DEFAULT 0,
    "last_error_code" TEXT,
    "last_error_message" TEXT,
    "last_seq" INTEGER NOT NULL DEFAULT 0,
    "version" INTEGER NOT NULL DEFAULT 0,
    "next_sync_at" TIMESTAMPTZ(3),
    "last_synced_at" TIMESTAMPTZ(3),
    "sync_result" JSONB,
    "sync_failures" INTEGER NOT NULL DEFAULT 0,
    "sync_error_code" TEXT,
    "sync_error_message" TEXT,
    "sync_error_at" TIMESTAMPTZ(3),
    "events_digest" TEXT,
    "sync_requested" INTEGER NOT NULL DEFAULT 0,
    "sync_served" INTEGER NOT NULL DEFAULT 0,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "calendar_integrations_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "calendar_integration_log" (
    "integration_id" UUID NOT NULL,
    "seq" INTEGER NOT NULL,
    "type" TEXT NOT NULL,
    "occurred_at" TIMESTAMPTZ(3) NOT NULL,
    "recorded_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "cause" TEXT NOT NULL,
    "data" JSONB NOT NULL,

    CONSTRAINT "calendar_integration_log_pkey" PRIMARY KEY ("integration_id","seq")
);

-- CreateTable
CREATE TABLE "calendar_events" (
    "id" UUID NOT NULL,
    "integration_id" UUID NOT NULL,
    "user_id" UUID NOT NULL,
    "series_id" UUID NOT NULL,
    "is_recurring" BOOLEAN NOT NULL,
    "is_exception" BOOLEAN NOT NULL,
    "title" TEXT NOT NULL,
    "description" TEXT,
    "location" TEXT,
    "start_time" TIMESTAMPTZ(3) NOT NULL,
    "end_time" TIMESTAMPTZ(3) NOT NULL,
    "timezone" TEXT,
    "is_all_day" BOOLEAN NOT NULL DEFAULT false,
    "status" TEXT NOT NULL,
    "meeting_url" TEXT,
    "platform" TEXT,
    "join_key" TEXT,
    "organizer_email" TEXT,
    "organizer_name" TEXT,
    "is_organizer" BOOLEAN NOT NULL DEFAULT false,
    "attendees" JSONB,
    "attendee_emails" TEXT[],
    "bot_scheduled" BOOLEAN NOT NULL,
    "removed_at" TIMESTAMPTZ(3),
    "fingerprint" TEXT NOT NULL,
    "details_read_at" TIMESTAMPTZ(3),
    "details_due_at" TIMESTAMPTZ(3),
    "vendor_created_at" TIMESTAMPTZ(3) NOT NULL,
    "vendor_updated_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "calendar_events_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "oauth_flows" (
    "state_hash" TEXT NOT NULL,
    "user_id" UUID NOT NULL,
    "provider" TEXT NOT NULL,
    "code_verifier" TEXT NOT NULL,
    "redirect_url" TEXT,
    "raw_calendar_id" TEXT,
    "browser_hash" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "oauth_flows_pkey" PRIMARY KEY ("state_hash")
);

-- CreateIndex
CREATE UNIQUE INDEX "calendar_integrations_calendar_id_key" ON "calendar_integrations"("calendar_id");

-- CreateIndex
CREATE INDEX "calendar_integrations_by_external" ON "calendar_integrations"("provider", "external_calendar_id");

-- CreateIndex
CREATE INDEX "calendar_integrations_sync_due" ON "calendar_integrations"("next_sync_at") WHERE (next_sync_at IS NOT NULL);

-- CreateIndex
CREATE INDEX "calendar_integrations_due" ON "calendar_integrations"("due_at") WHERE (due_at IS NOT NULL);

-- CreateIndex
CREATE UNIQUE INDEX "calendar_integrations_external" ON "calendar_integrations"("user_id", "provider", "external_calendar_id");

-- CreateIndex
CREATE INDEX "calendar_events_by_calendar" ON "calendar_events"("integration_id", "start_time");

-- CreateIndex
CREATE INDEX "calendar_events_list" ON "calendar_events"("user_id", "start_time", "id");

-- CreateIndex
CREATE INDEX "calendar_events_details_due" ON "calendar_events"("integration_id", "details_due_at") WHERE (details_due_at IS NOT NULL);

-- CreateIndex
CREATE INDEX "calendar_events_retention" ON "calendar_events"("end_time");

-- CreateIndex
CREATE INDEX "oauth_flows_expires_at_idx" ON "oauth_flows"("expires_at");

-- AddForeignKey
ALTER TABLE "calendar_integrations" ADD CONSTRAINT "calendar_integrations_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "calendar_integration_log" ADD CONSTRAINT "calendar_integration_log_integration_id_fkey" FOREIGN KEY ("integration_id") REFERENCES "calendar_integrations"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "calendar_events" ADD CONSTRAINT "calendar_events_integration_id_fkey" FOREIGN KEY ("integration_id") REFERENCES "calendar_integrations"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "oauth_flows" ADD CONSTRAINT "oauth_flows_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;
