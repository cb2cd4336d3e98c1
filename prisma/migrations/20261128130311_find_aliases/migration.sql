-- CreateIndex
CREATE INDEX "issue_alias_application_id_issue_key_idx" ON "issue_alias"("application_id", "issue_key");
