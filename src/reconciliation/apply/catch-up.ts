import { followOn } from '../../links/followers.ts'
import { mirrorFollower } from '../../storage/links/followers.ts'
import type { OpenRun } from '../compare/run-ground.ts'
import { followLinks } from '../mirror/follow-links.ts'

/**
 * Reads what the mirror's follower has not read yet, as a server does: without a server nobody else would, and of changes that
 * were not read nothing is repaired.
 */
export async function catchUp({ database, feed, application, log }: OpenRun): Promise<void> {
  const follower = {
    name: mirrorFollower,
    database,
    feed,
    work: (...[transaction, applicationId, events]: Parameters<Parameters<typeof followOn>[0]['work']>) =>
      followLinks(transaction, applicationId, events, { isMirrored: application.mirror }),
    tellMissed: (applicationId: string, since: Date) =>
      log.warn(
        { applicationId, since },
        'changes of links were removed by `retention` before the mirror had read them',
      ),
  }
  while ((await followOn(follower, application.id)) === 'more');
}
