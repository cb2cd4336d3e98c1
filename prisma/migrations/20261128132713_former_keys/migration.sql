-- AlterTable
ALTER TABLE "object_alias" ADD COLUMN     "followed" BOOLEAN NOT NULL DEFAULT false;

-- CreateIndex
CREATE INDEX "link_mirror_application_id_remote_key_idx" ON "link_mirror"("application_id", "remote_key");
