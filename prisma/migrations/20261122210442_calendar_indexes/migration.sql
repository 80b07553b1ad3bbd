-- DropIndex
DROP INDEX "calendar_events_list";

-- CreateIndex
CREATE INDEX "calendar_events_list" ON "calendar_events"("user_id", "start_time", "id", "end_time");

-- CreateIndex
CREATE INDEX "calendar_events_list_by_organizer" ON "calendar_events"("user_id", "organizer_email", "start_time", "id");

-- CreateIndex
CREATE INDEX "calendar_events_attendees" ON "calendar_events" USING GIN ("attendee_emails");
