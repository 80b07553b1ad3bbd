-- Words: the vendor is Meeting BaaS, a provider is Google or Microsoft. Tables, columns and codes that meant the vendor say so.
-- Programs of before this migration do not know the new names: stop them first.
ALTER TABLE "provider_limits" RENAME TO "vendor_limits";
ALTER TABLE "vendor_limits" RENAME CONSTRAINT "provider_limits_pkey" TO "vendor_limits_pkey";
ALTER TABLE "provider_write_slots" RENAME TO "vendor_write_slots";
ALTER TABLE "vendor_write_slots" RENAME CONSTRAINT "provider_write_slots_pkey" TO "vendor_write_slots_pkey";
ALTER TABLE "provider_write_waiters" RENAME TO "vendor_write_waiters";
ALTER TABLE "vendor_write_waiters" RENAME CONSTRAINT "provider_write_waiters_pkey" TO "vendor_write_waiters_pkey";
ALTER TABLE "calendar_integrations" RENAME COLUMN "provider_synced_at" TO "vendor_synced_at";
ALTER TABLE "calendar_integrations" RENAME COLUMN "provider_sync_error" TO "vendor_sync_error";

UPDATE "meetings" SET "error_code" = 'VENDOR_' || substr("error_code", 10) WHERE starts_with("error_code", 'PROVIDER_');
UPDATE "vendor_limits" SET "pause_code" = 'VENDOR_' || substr("pause_code", 10) WHERE starts_with("pause_code", 'PROVIDER_');
UPDATE "calendar_integrations" SET "last_error_code" = 'VENDOR_' || substr("last_error_code", 10) WHERE starts_with("last_error_code", 'PROVIDER_');
UPDATE "calendar_integrations" SET "sync_error_code" = 'VENDOR_' || substr("sync_error_code", 10) WHERE starts_with("sync_error_code", 'PROVIDER_');
