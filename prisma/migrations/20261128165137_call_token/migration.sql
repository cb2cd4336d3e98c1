-- AlterTable
ALTER TABLE "call_record" ADD COLUMN     "scheme" TEXT,
ADD COLUMN     "token_place" SMALLINT;
