-- CreateEnum
CREATE TYPE "link_state" AS ENUM ('linked', 'absent');

-- CreateEnum
CREATE TYPE "run_state" AS ENUM ('waiting', 'running', 'finished', 'failed', 'refused', 'cancelled');

-- CreateTable
CREATE TABLE "object_alias" (
    "application_id" TEXT NOT NULL,
    "alias" TEXT NOT NULL,
    "remote_key" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "object_alias_pkey" PRIMARY KEY ("application_id","alias")
);

-- CreateTable
CREATE TABLE "follower" (
    "application_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "event_id" BIGINT NOT NULL,
    "occurred_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "follower_pkey" PRIMARY KEY ("application_id","name")
);

-- CreateTable
CREATE TABLE "link_mirror" (
    "application_id" TEXT NOT NULL,
    "issue_key" TEXT NOT NULL,
    "remote_key" TEXT NOT NULL,
    "wanted" "link_state" NOT NULL,
    "generation" BIGINT NOT NULL,
    "changed_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "agreed" "link_state",
    "agreed_generation" BIGINT NOT NULL DEFAULT 0,
    "remote_link_id" TEXT,
    "in_doubt" BOOLEAN NOT NULL DEFAULT false,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "next_at" TIMESTAMPTZ(3),
    "last_error" TEXT,
    "last_error_detail" TEXT,
    "lease_until" TIMESTAMPTZ(3),
    "lease_token" TEXT,

    CONSTRAINT "link_mirror_pkey" PRIMARY KEY ("application_id","issue_key","remote_key")
);

-- CreateTable
CREATE TABLE "mirror_stop" (
    "application_id" TEXT NOT NULL,
    "issue_key" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "detail" TEXT,
    "since" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "next_at" TIMESTAMPTZ(3) NOT NULL,
    "attempts" INTEGER NOT NULL DEFAULT 1,

    CONSTRAINT "mirror_stop_pkey" PRIMARY KEY ("application_id","issue_key")
);

-- CreateTable
CREATE TABLE "rate_budget" (
    "organization" TEXT NOT NULL,
    "class" TEXT NOT NULL,
    "next_at" TIMESTAMPTZ(3) NOT NULL,
    "not_before" TIMESTAMPTZ(3),

    CONSTRAINT "rate_budget_pkey" PRIMARY KEY ("organization","class")
);

-- CreateTable
CREATE TABLE "reconciliation_run" (
    "id" TEXT NOT NULL,
    "application_id" TEXT NOT NULL,
    "plan_id" TEXT,
    "scope" JSONB NOT NULL,
    "repair" TEXT NOT NULL,
    "state" "run_state" NOT NULL,
    "started_by" TEXT NOT NULL,
    "started_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "ended_at" TIMESTAMPTZ(3),
    "counts" JSONB NOT NULL,
    "position" JSONB,
    "reason" TEXT,
    "next_at" TIMESTAMPTZ(3),
    "lease_until" TIMESTAMPTZ(3),
    "lease_token" TEXT,

    CONSTRAINT "reconciliation_run_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "plan_line" (
    "run_id" TEXT NOT NULL,
    "number" INTEGER NOT NULL,
    "issue_key" TEXT NOT NULL,
    "line" JSONB NOT NULL,
    "outcome" TEXT,
    "done_at" TIMESTAMPTZ(3),

    CONSTRAINT "plan_line_pkey" PRIMARY KEY ("run_id","number")
);

-- CreateTable
CREATE TABLE "issue_repairs" (
    "application_id" TEXT NOT NULL,
    "issue_key" TEXT NOT NULL,
    "day" DATE NOT NULL,
    "repairs" INTEGER NOT NULL,

    CONSTRAINT "issue_repairs_pkey" PRIMARY KEY ("application_id","issue_key","day")
);

-- CreateIndex
CREATE INDEX "object_alias_application_id_remote_key_idx" ON "object_alias"("application_id", "remote_key");

-- CreateIndex
CREATE INDEX "link_mirror_application_id_next_at_idx" ON "link_mirror"("application_id", "next_at");

-- CreateIndex
CREATE INDEX "reconciliation_run_application_id_started_at_idx" ON "reconciliation_run"("application_id", "started_at");

-- CreateIndex
CREATE INDEX "issue_repairs_day_idx" ON "issue_repairs"("day");
