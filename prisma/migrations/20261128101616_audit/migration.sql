-- CreateTable
CREATE TABLE "audit_record" (
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "id" TEXT NOT NULL,
    "actor_kind" "actor_kind" NOT NULL,
    "actor_login" TEXT,
    "api_key_id" TEXT,
    "application_id" TEXT,
    "operation" TEXT NOT NULL,
    "about" JSONB NOT NULL,
    "status" SMALLINT,
    "request_id" TEXT,

    CONSTRAINT "audit_record_pkey" PRIMARY KEY ("at","id")
);

-- CreateIndex
CREATE INDEX "audit_record_application_id_at_id_idx" ON "audit_record"("application_id", "at", "id");

-- Append-only: a record is never changed. Old ones are removed by their age only, which is what the owner asks for.
CREATE FUNCTION "refuse_audit_change"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'audit_record is append-only' USING ERRCODE = '42501';
END;
$$;
CREATE TRIGGER "audit_record_append_only" BEFORE UPDATE OR TRUNCATE ON "audit_record"
  FOR EACH STATEMENT EXECUTE FUNCTION "refuse_audit_change"();
