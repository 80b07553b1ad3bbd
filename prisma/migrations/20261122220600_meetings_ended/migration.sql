-- CreateIndex
CREATE INDEX "meetings_ended" ON "meetings"("user_id", "final_at") WHERE (final_at IS NOT NULL);
