import { noteList } from '../../storage/calls/tracker-answers.ts'
import { mirrorFollower } from '../../storage/links/followers.ts'
import {
  lastEvents,
  readKnowledge,
  renamedObjects,
  type StoredKnowledge,
} from '../../storage/reconciliation/known-links.ts'
import type { RemoteLink } from '../../tracker-client/remote-links.ts'
import { newsOf } from '../mirror/follow-links.ts'
import type { Side } from '../mirror/protocol.ts'
import { isSame, type LinkOfBoth } from './compare-links.ts'
import { type KnownLink, knownLinks } from './known-side.ts'
import { patiently, whenDatabaseAnswers } from './patience.ts'
import type { OpenRun } from './run-ground.ts'

/** Both sides of an issue, as one look shows them. */
export type BothSidesOfIssue = {
  links: LinkOfBoth[]
  /** What both sides agreed on last, of the links that differ and that the mirror does not know. */
  baseOf: Map<string, Side>
  /** Former keys of the issue under which there are links here. */
  formerKeys: string[]
  /** A transaction that writes links stays open: what is here may be about to change. */
  isOpen: boolean
}

type Looking = Pick<OpenRun, 'database' | 'writersStay' | 'calls' | 'application' | 'signal' | 'patience'>

/**
 * Looks at both sides of an issue: Tracker's remote links first, then, once whoever wrote links at that moment has ended, what is
 * here. A link with an event after `since` was changed meanwhile. Throws TrackerError.
 */
export async function lookAtIssue(
  looking: Looking,
  { key, formerKeys, since }: { key: string; formerKeys: readonly string[]; since: bigint },
): Promise<BothSidesOfIssue> {
  const { database, calls, application, signal } = looking
  let pages = 0
  const hear = (count: number) => {
    pages = count
  }
  const remoteLinks = await patiently(looking.patience, () => calls.remoteLinks.list(key, hear))
  return await whenDatabaseAnswers(signal, async () => {
    if (application.probe !== undefined) await noteList(database, application.id, { links: remoteLinks.length, pages })
    const isOpen = await looking.writersStay()
    const keys = [key, ...formerKeys]
    const knowledge = await readKnowledge(database, application.id, keys, { follower: mirrorFollower, since })
    const known = knownLinks(knowledge, { present: key, since, isMirrored: application.mirror })
    const links = await bothSides(looking, known, remoteLinks)
    const differing = links.filter(link => !isSame(link) && link.known.mirrored === undefined)
    const differingKeys = differing.map(({ remoteKey }) => remoteKey)
    const events = differing.length > 0 ? await lastEvents(database, application.id, keys, differingKeys) : []
    return { links, baseOf: basesOf(events), formerKeys: formerKeysOf(knowledge, key), isOpen }
  })
}

/** What the last event says, if Tracker made the change: it has told us, so both sides agreed then. */
function basesOf(events: Awaited<ReturnType<typeof lastEvents>>): Map<string, Side> {
  const news = events.map(event => ({ remoteKey: event.remoteKey, ...newsOf(event) }))
  return new Map(news.filter(({ byTracker }) => byTracker).map(({ remoteKey, side }) => [remoteKey, side]))
}

const formerKeysOf = ({ links }: StoredKnowledge, key: string) => [
  ...new Set(links.map(({ issueKey }) => issueKey).filter(issueKey => issueKey !== key)),
]

const unknown: KnownLink = { here: 'absent', mirrored: undefined, isChanged: false }

async function bothSides(
  { database, application }: Looking,
  known: ReadonlyMap<string, KnownLink>,
  remoteLinks: readonly RemoteLink[],
): Promise<LinkOfBoth[]> {
  const own = remoteLinks.filter(
    ({
      object: {
        application: { id, type },
      },
    }) => [id, type].includes(application.id),
  )
  const idsOf = new Map<string, string[]>()
  for (const { id, object } of own) idsOf.set(object.key, [...(idsOf.get(object.key) ?? []), id])
  await takeFormerNames(database, application.id, known, idsOf)
  return [...new Set([...known.keys(), ...idsOf.keys()])].sort().map(remoteKey => ({
    remoteKey,
    known: known.get(remoteKey) ?? unknown,
    remoteLinkIds: idsOf.get(remoteKey) ?? [],
  }))
}

/** A remote link with the former key of a renamed object is one to the object: the mirror replaces it, within its cap. */
async function takeFormerNames(
  database: Looking['database'],
  applicationId: string,
  known: ReadonlyMap<string, KnownLink>,
  idsOf: Map<string, string[]>,
): Promise<void> {
  const foreign = [...idsOf.keys()].filter(key => known.get(key)?.here !== 'linked')
  for (const [former, present] of await renamedObjects(database, applicationId, foreign)) {
    const ids = idsOf.get(former) ?? []
    idsOf.delete(former)
    if (!idsOf.has(present)) idsOf.set(present, ids.slice(0, 1))
  }
}
