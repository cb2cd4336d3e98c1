-- CreateTable
CREATE TABLE "probe_run" (
    "application_id" TEXT NOT NULL,
    "started_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "days" INTEGER NOT NULL,
    "calls" BIGINT NOT NULL DEFAULT 0,

    CONSTRAINT "probe_run_pkey" PRIMARY KEY ("application_id")
);

-- CreateTable
CREATE TABLE "probe_sighting" (
    "application_id" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "request_id" TEXT NOT NULL,
    "sighting" JSONB NOT NULL,

    CONSTRAINT "probe_sighting_pkey" PRIMARY KEY ("application_id","at","request_id")
);
