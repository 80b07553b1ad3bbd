-- So that lost files are counted without reading the others.
CREATE INDEX "artifacts_expired" ON "artifacts"("deadline") WHERE (state = 'expired');
