-- Tells every running server which objects changed, so that none answers a card from its memory that is not true any
-- more (src/storage/object-changes.ts). New objects are not told: no server remembers that an object is missing.
-- A payload is the application and, behind a space, the key; without a key it means all of the application's objects.
CREATE FUNCTION tell_object_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT count(*) FROM changed) > 100 THEN
        PERFORM pg_notify('tracker_links_objects', application_id) FROM (SELECT DISTINCT application_id FROM changed) AS applications;
    ELSE
        PERFORM pg_notify('tracker_links_objects', application_id || ' ' || key) FROM changed;
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER tell_object_updates AFTER UPDATE ON "linked_object"
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION tell_object_changes();

CREATE TRIGGER tell_object_removals AFTER DELETE ON "linked_object"
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION tell_object_changes();
