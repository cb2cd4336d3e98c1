-- CreateEnum
CREATE TYPE "link_event_kind" AS ENUM ('created', 'removed');

-- CreateEnum
CREATE TYPE "actor_kind" AS ENUM ('tracker', 'user', 'operator');

-- CreateTable
CREATE TABLE "linked_object" (
    "application_id" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "summary" TEXT NOT NULL,
    "icon_url" TEXT,
    "status_name" TEXT,
    "status_description" TEXT,
    "resolution_name" TEXT,
    "resolution_description" TEXT,
    "assignee_tracker_uid" BIGINT,
    "assignee_passport_uid" BIGINT,
    "assignee_login" TEXT,
    "updated" TIMESTAMPTZ(3),
    "deadline" TIMESTAMPTZ(3),
    "sequence" BIGINT,
    "stored_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "linked_object_pkey" PRIMARY KEY ("application_id","key")
);

-- CreateTable
CREATE TABLE "link" (
    "application_id" TEXT NOT NULL,
    "issue_key" TEXT NOT NULL,
    "remote_key" TEXT NOT NULL,
    "issue_id" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "link_pkey" PRIMARY KEY ("application_id","issue_key","remote_key")
);

-- CreateTable
CREATE TABLE "link_event" (
    "application_id" TEXT NOT NULL,
    "id" BIGSERIAL NOT NULL,
    "kind" "link_event_kind" NOT NULL,
    "issue_key" TEXT NOT NULL,
    "remote_key" TEXT NOT NULL,
    "issue_id" TEXT,
    "actor_kind" "actor_kind" NOT NULL,
    "actor_login" TEXT,
    "actor_uid" BIGINT,
    "occurred_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "link_event_pkey" PRIMARY KEY ("application_id","id")
);

-- CreateTable
CREATE TABLE "issue_alias" (
    "application_id" TEXT NOT NULL,
    "alias" TEXT NOT NULL,
    "issue_key" TEXT NOT NULL,
    "issue_id" TEXT NOT NULL,

    CONSTRAINT "issue_alias_pkey" PRIMARY KEY ("application_id","alias")
);

-- CreateIndex
CREATE INDEX "link_application_id_remote_key_issue_key_idx" ON "link"("application_id", "remote_key", "issue_key");

-- CreateIndex
CREATE INDEX "link_event_application_id_issue_key_remote_key_id_idx" ON "link_event"("application_id", "issue_key", "remote_key", "id");

-- CreateIndex
CREATE INDEX "link_event_application_id_remote_key_id_idx" ON "link_event"("application_id", "remote_key", "id");

-- CreateIndex
CREATE INDEX "issue_alias_application_id_issue_id_idx" ON "issue_alias"("application_id", "issue_id");

-- What the schema cannot say: the bounds of the keys. The program refuses other ones before; this holds them for everybody
-- who writes here.
ALTER TABLE "linked_object"
    ADD CONSTRAINT "linked_object_application_id_length" CHECK (char_length("application_id") BETWEEN 1 AND 64),
    ADD CONSTRAINT "linked_object_key_length" CHECK (char_length("key") BETWEEN 1 AND 255);

ALTER TABLE "link"
    ADD CONSTRAINT "link_application_id_length" CHECK (char_length("application_id") BETWEEN 1 AND 64),
    ADD CONSTRAINT "link_issue_key_length" CHECK (char_length("issue_key") BETWEEN 1 AND 43),
    ADD CONSTRAINT "link_remote_key_length" CHECK (char_length("remote_key") BETWEEN 1 AND 255);

ALTER TABLE "link_event"
    ADD CONSTRAINT "link_event_application_id_length" CHECK (char_length("application_id") BETWEEN 1 AND 64),
    ADD CONSTRAINT "link_event_issue_key_length" CHECK (char_length("issue_key") BETWEEN 1 AND 43),
    ADD CONSTRAINT "link_event_remote_key_length" CHECK (char_length("remote_key") BETWEEN 1 AND 255);

ALTER TABLE "issue_alias"
    ADD CONSTRAINT "issue_alias_application_id_length" CHECK (char_length("application_id") BETWEEN 1 AND 64),
    ADD CONSTRAINT "issue_alias_alias_length" CHECK (char_length("alias") BETWEEN 1 AND 43),
    ADD CONSTRAINT "issue_alias_issue_key_length" CHECK (char_length("issue_key") BETWEEN 1 AND 43);
