-- Events into partitions, 3 of 3: the table becomes the first partition of a new one that has its name, its numbers and its
-- rights. Nothing is read or copied. The numbers go on at the bound, so that the first partition gets no more rows.
LOCK TABLE link_event IN ACCESS EXCLUSIVE MODE;

ALTER TABLE link_event RENAME TO link_event_0;
ALTER INDEX link_event_pkey RENAME TO link_event_0_pkey;
ALTER INDEX link_event_application_id_issue_key_remote_key_id_idx RENAME TO link_event_0_link_idx;
ALTER INDEX link_event_application_id_remote_key_id_idx RENAME TO link_event_0_object_idx;

CREATE TABLE "link_event" (
    "application_id" TEXT NOT NULL,
    "id" BIGINT NOT NULL DEFAULT nextval('link_event_id_seq'),
    "kind" "link_event_kind" NOT NULL,
    "issue_key" TEXT NOT NULL,
    "remote_key" TEXT NOT NULL,
    "issue_id" TEXT,
    "actor_kind" "actor_kind" NOT NULL,
    "actor_login" TEXT,
    "actor_uid" BIGINT,
    "occurred_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "link_event_pkey" PRIMARY KEY ("application_id","id"),
    CONSTRAINT "link_event_application_id_length" CHECK (char_length("application_id") BETWEEN 1 AND 64),
    CONSTRAINT "link_event_issue_key_length" CHECK (char_length("issue_key") BETWEEN 1 AND 43),
    CONSTRAINT "link_event_remote_key_length" CHECK (char_length("remote_key") BETWEEN 1 AND 255)
) PARTITION BY RANGE ("id");

CREATE INDEX "link_event_application_id_issue_key_remote_key_id_idx" ON "link_event"("application_id", "issue_key", "remote_key", "id");
CREATE INDEX "link_event_application_id_remote_key_id_idx" ON "link_event"("application_id", "remote_key", "id");

-- The newest event of an application that was removed because of its age: who has read the feed up to there has missed none.
CREATE TABLE "removed_event" (
    "application_id" TEXT NOT NULL,
    "id" BIGINT NOT NULL,
    "occurred_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "removed_event_pkey" PRIMARY KEY ("application_id"),
    CONSTRAINT "removed_event_application_id_length" CHECK (char_length("application_id") BETWEEN 1 AND 64)
);

DO $$
DECLARE
    former CONSTANT regclass := 'link_event_0';
    owner CONSTANT text := (SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = former);
    bound CONSTANT bigint := (SELECT substring(pg_get_constraintdef(oid) FROM '\d+')
        FROM pg_constraint WHERE conrelid = former AND conname = 'link_event_bound');
    given record;
BEGIN
    EXECUTE format('ALTER TABLE link_event OWNER TO %I', owner);
    EXECUTE format('ALTER TABLE removed_event OWNER TO %I', owner);
    ALTER SEQUENCE link_event_id_seq OWNED BY link_event.id;
    ALTER TABLE link_event_0 ALTER COLUMN id DROP DEFAULT;
    FOR given IN
        SELECT CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END AS role, privilege_type, is_grantable
        FROM pg_class CROSS JOIN aclexplode(relacl)
        WHERE pg_class.oid = former AND grantee <> relowner
    LOOP
        EXECUTE format('GRANT %s ON link_event, removed_event TO %s %s', given.privilege_type, given.role,
            CASE WHEN given.is_grantable THEN 'WITH GRANT OPTION' END);
    END LOOP;
    IF EXISTS (SELECT FROM link_event_0) THEN
        EXECUTE format('ALTER TABLE link_event ATTACH PARTITION link_event_0 FOR VALUES FROM (MINVALUE) TO (%s)', bound);
        EXECUTE format('CREATE TABLE link_event_%s PARTITION OF link_event FOR VALUES FROM (%s) TO (MAXVALUE)', bound, bound);
        EXECUTE format('ALTER TABLE link_event_%s OWNER TO %I', bound, owner);
        -- Unlike setval this is undone if the transaction is.
        EXECUTE format('ALTER SEQUENCE link_event_id_seq RESTART WITH %s', bound);
    ELSE
        ALTER TABLE link_event ATTACH PARTITION link_event_0 FOR VALUES FROM (MINVALUE) TO (MAXVALUE);
    END IF;
    ALTER TABLE link_event_0 DROP CONSTRAINT link_event_bound;
END
$$;
