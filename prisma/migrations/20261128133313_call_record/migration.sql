-- CreateTable
CREATE TABLE "call_record" (
    "application_id" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "call" TEXT NOT NULL,
    "method" TEXT NOT NULL,
    "issue_key" TEXT,
    "remote_keys" TEXT[],
    "remote_key_count" INTEGER NOT NULL,
    "taken" TEXT,
    "status" SMALLINT NOT NULL,
    "code" TEXT,
    "milliseconds" REAL NOT NULL,
    "source" TEXT,
    "actor" JSONB,
    "request_id" TEXT NOT NULL,
    "replica" TEXT NOT NULL,
    "path" TEXT,
    "nearest" TEXT,
    "headers" JSONB NOT NULL,
    "token_in" TEXT[],
    "stands_for" INTEGER NOT NULL DEFAULT 1,

    CONSTRAINT "call_record_pkey" PRIMARY KEY ("application_id","at","request_id")
);

-- It turns over all the time: its dead rows are a few of the usual share, so that their room is used again soon.
ALTER TABLE "call_record" SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500);
