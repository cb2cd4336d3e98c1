-- Append-only: a record is neither changed nor removed.
DROP TRIGGER "audit_record_append_only" ON "audit_record";
CREATE TRIGGER "audit_record_append_only" BEFORE UPDATE OR DELETE OR TRUNCATE ON "audit_record"
  FOR EACH STATEMENT EXECUTE FUNCTION "refuse_audit_change"();
