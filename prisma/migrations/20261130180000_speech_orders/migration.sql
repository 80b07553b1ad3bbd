-- What a speech order needs besides the columns that transcripts have already.
-- AlterTable
ALTER TABLE "transcripts" ADD COLUMN "ticket" TEXT,
ADD COLUMN "last_problem" TEXT;
