-- A webhook changes the state of a meeting. As long as an index has the state, every such change writes to all indexes of the
-- table. So they go by a column that changes only when a run has ended, and pages have room for a changed row.
ALTER TABLE "meetings" ADD COLUMN "final_state" TEXT GENERATED ALWAYS AS (
    CASE WHEN "processing_status" IN ('completed', 'failed', 'cancelled') THEN "processing_status" END
) STORED;
ALTER TABLE "meetings" SET (fillfactor = 80);

DROP INDEX "meetings_list_by_state";
DROP INDEX "meetings_by_join_time";
DROP INDEX "meetings_sent_at_once";
CREATE INDEX "meetings_list_by_final_state" ON "meetings"("user_id", "final_state", "created_at" DESC, "id" DESC) WHERE (final_state IS NOT NULL);
CREATE INDEX "meetings_by_join_time" ON "meetings"("join_at") WHERE (join_at IS NOT NULL AND final_state IS DISTINCT FROM 'cancelled');
CREATE INDEX "meetings_sent_at_once" ON "meetings"("created_at") WHERE (join_at IS NULL AND final_state IS DISTINCT FROM 'cancelled');
