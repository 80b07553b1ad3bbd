-- AlterTable
ALTER TABLE "recording_overrides" ADD COLUMN     "carried_at" TIMESTAMPTZ(3),
ADD COLUMN     "starts_at" TIMESTAMPTZ(3),
ADD COLUMN     "subject" TEXT;
