-- Events into partitions, 2 of 3: reads the whole table, while others write to it.
ALTER TABLE link_event VALIDATE CONSTRAINT link_event_bound;
