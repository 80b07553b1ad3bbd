-- AlterTable
ALTER TABLE "meetings" ADD COLUMN     "end_inferred" BOOLEAN NOT NULL DEFAULT false;
