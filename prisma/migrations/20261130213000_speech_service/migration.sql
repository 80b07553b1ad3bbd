-- A provider is Google or Microsoft. What makes a transcript is a speech service.
-- Programs of before this migration do not know the new name: stop them first.
ALTER TABLE "transcripts" RENAME COLUMN "provider" TO "service";
