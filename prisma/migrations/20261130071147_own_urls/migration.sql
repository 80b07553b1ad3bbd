-- AlterTable
ALTER TABLE "meeting_subscribers" ADD COLUMN     "own_url" TEXT;

-- AlterTable
ALTER TABLE "meetings" ADD COLUMN     "own_url" TEXT;
