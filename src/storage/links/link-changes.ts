import { withConflictRetry } from '../database/connection/database-problem.ts'
import type { Queries } from '../database/queries.ts'
import { perApplication, shareWork } from '../work/shared-work.ts'
import { createLinks } from './create-links.ts'
import { type EventActor, type LinkStatement, type NamedLinks, nameOf } from './link-batch.ts'
import type { LinkKeys } from './link-keys.ts'
import { createMovedLinks } from './moved/create-moved.ts'
import { hasMovedIssues } from './moved/issue-keys.ts'
import { removeMovedLinks } from './moved/remove-moved.ts'
import { removeLinks, removeOnlyMatches } from './remove-links.ts'

/** A call that changes links: `create` creates all of `links`, `remove` removes the only one of them that is stored. */
export type LinkChange = {
  kind: 'create' | 'remove'
  applicationId: string
  links: readonly LinkKeys[]
  actor: EventActor
}

/** Most links in one statement, unless one call names more: calls that wait for a statement do not wait long. */
const mostLinks = 1_000
/** This many links get a second statement at the same time. Fewer wait for the next one, and share its commit. */
const manyLinks = 250

/** Changes links, see `linkChanger`. */
export type ChangeLinks = (change: LinkChange) => Promise<readonly LinkKeys[]>

type NamedChange = LinkChange & NamedLinks

/**
 * A function that changes links. Changes of one application that come at the same time, of the same kind and by the same
 * actor, are one statement and share its commit. That statement writes their events too: a change and its event are both
 * stored or neither. Changes of one link are made in the order in which they came.
 *
 * `create` returns the links that are new. `remove` returns the links that were stored: a single one has been removed; of
 * several, none has. Errors are the driver's. `attempt` runs each statement, and repeats it if that may help.
 */
export function linkChanger(prisma: Queries, attempt = withConflictRetry): ChangeLinks {
  const changesOf = perApplication(applicationId => {
    let isMoved = false
    return shareWork<NamedChange, readonly LinkKeys[]>({
      run: async batch => {
        const { plain, moved } = statementsFor(batch[0])
        const changed = isMoved ? [] : await attempt(() => plain(prisma, applicationId, batch))
        // Whoever found a link had no moved issues before him; and of those who found none most have none either.
        if (changed.some(links => links.length > 0)) return changed
        isMoved ||= await hasMovedIssues(prisma, applicationId)
        return isMoved ? attempt(() => moved(prisma, applicationId, batch)) : changed
      },
      alike: (one, other) => statementsFor(one) === statementsFor(other) && isSameActor(one.actor, other.actor),
      weight: ({ links }) => links.length,
      heaviest: mostLinks,
      heavy: manyLinks,
      touches: ({ names }) => names,
    })
  })
  return change => changesOf(change.applicationId)({ ...change, names: change.links.map(nameOf) })
}

/** How a change is made: `plain` until it is found out that the application has moved issues, and `moved` from then on. */
type Statements = { plain: LinkStatement; moved: LinkStatement }

const creation: Statements = { plain: createLinks, moved: createMovedLinks }
const removal: Statements = { plain: removeLinks, moved: removeMovedLinks }
const removalOfOnlyMatch: Statements = { plain: removeOnlyMatches, moved: removeMovedLinks }

const statementsFor = ({ kind, links }: LinkChange): Statements => {
  if (kind === 'create') return creation
  return links.length === 1 ? removal : removalOfOnlyMatch
}

const isSameActor = (one: EventActor, other: EventActor) =>
  one.kind === other.kind && one.login === other.login && one.uid === other.uid
