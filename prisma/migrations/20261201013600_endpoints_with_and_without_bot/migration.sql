-- With the rows that have no bot, so that the few endpoints for everything are found among very many for one bot each.
-- DropIndex
DROP INDEX "webhook_endpoints_of_bot";

-- CreateIndex
CREATE INDEX "webhook_endpoints_of_bot" ON "webhook_endpoints"("bot_id");
