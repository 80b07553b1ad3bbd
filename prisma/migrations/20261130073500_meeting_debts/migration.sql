-- AlterTable
ALTER TABLE "meetings" ADD COLUMN     "look_due_at" TIMESTAMPTZ(3),
ADD COLUMN     "write_due_at" TIMESTAMPTZ(3);

-- What was owed by due_at alone: the write at the vendor where one is owed, or else a look (core/bots/debts.ts).
UPDATE "meetings" SET
    "write_due_at" = CASE WHEN "meeting_baas_id" IS NULL OR "leave_requested_at" IS NOT NULL OR "change_owed" THEN "due_at" END,
    "look_due_at" = CASE WHEN "meeting_baas_id" IS NOT NULL THEN "due_at" END
WHERE "due_at" IS NOT NULL;
