-- Events into partitions, 1 of 3: a bound that no number reaches before the third step. New rows are checked from now on,
-- those that are there by the next step, which nobody waits for. See docs/decisions/retention.md.
DO $$
BEGIN
    EXECUTE format('ALTER TABLE link_event ADD CONSTRAINT link_event_bound CHECK (id < %s) NOT VALID',
        (SELECT last_value / 1000000000 + 2 FROM link_event_id_seq) * 1000000000);
END
$$;
