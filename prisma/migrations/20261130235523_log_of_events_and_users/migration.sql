-- AlterTable
ALTER TABLE "calendar_events" ADD COLUMN     "last_seq" INTEGER NOT NULL DEFAULT 0;

-- AlterTable
ALTER TABLE "users" ADD COLUMN     "last_seq" INTEGER NOT NULL DEFAULT 0;
