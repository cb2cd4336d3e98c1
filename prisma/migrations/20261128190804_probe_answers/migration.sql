-- AlterTable
ALTER TABLE "probe_run" ADD COLUMN     "answers" JSONB NOT NULL DEFAULT '{}';
