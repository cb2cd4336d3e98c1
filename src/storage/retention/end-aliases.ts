import type { Session } from '../database/connection/session.ts'
import { objectChannel } from '../objects/object-changes.ts'
import { inTurn } from './in-turn.ts'

/** Aliases that one statement ends: each is told to the servers. */
const bite = 100

/**
 * Ends the former keys of renamed objects that Tracker has no link with any more: the mirror has followed all events of the key, it
 * knows of each of its links that Tracker has it no more, and nothing stands under the key here. Where nobody followed when the
 * object was renamed, nothing is known: such a key stays. Returns how many ended.
 */
export async function endAliases(session: Session): Promise<number> {
  for (let ended = 0; ; ) {
    const count = await inTurn(session, async () => {
      const { rowCount } = await session.query(
        `WITH known AS (
           SELECT alias.*, follower.event_id FROM object_alias AS alias
           JOIN follower ON follower.application_id = alias.application_id AND follower.name = 'mirror'
           WHERE alias.followed
         ), over AS (
           SELECT application_id, alias, remote_key, created_at FROM known
           WHERE NOT EXISTS (SELECT FROM link_event AS event WHERE event.application_id = known.application_id
                               AND event.remote_key = known.alias AND event.id > known.event_id)
             AND NOT EXISTS (SELECT FROM link_mirror AS mirror WHERE mirror.application_id = known.application_id
                               AND mirror.remote_key = known.alias
                               AND (agreed IS DISTINCT FROM 'absent' OR wanted = 'linked' OR in_doubt OR lease_token IS NOT NULL))
             AND NOT EXISTS (SELECT FROM link WHERE link.application_id = known.application_id
                               AND link.remote_key = known.alias)
           LIMIT ${bite}
         ), ended AS (
           -- Unless the object has been renamed again in the meantime.
           DELETE FROM object_alias AS old USING over
           WHERE (old.application_id, old.alias, old.remote_key, old.created_at)
               = (over.application_id, over.alias, over.remote_key, over.created_at)
           RETURNING old.application_id, old.alias
         )
         SELECT pg_notify('${objectChannel}', application_id || ' ' || alias) FROM ended`,
      )
      return rowCount ?? 0
    })
    ended += count ?? 0
    if (count !== bite) return ended
  }
}
