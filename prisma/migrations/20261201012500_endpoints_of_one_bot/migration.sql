-- AlterTable
ALTER TABLE "webhook_endpoints" ADD COLUMN     "bot_id" UUID;

-- CreateIndex
CREATE INDEX "webhook_endpoints_of_bot" ON "webhook_endpoints"("bot_id") WHERE (bot_id IS NOT NULL);
