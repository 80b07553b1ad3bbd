-- AlterTable
ALTER TABLE "meetings" ADD COLUMN     "vendor_status_known_at" TIMESTAMPTZ(3);
