// How both sides of a link are kept alike: pure functions over what is known of the link. What reads, sends and stores stands around
// them, so that test/reconciliation/mirror/protocol.test.ts can go through all that may happen. `docs/decisions/mirror.md` has the reasons.

/** One side of a link: it is there, or it is not. */
export type Side = 'linked' | 'absent'

/** What is known of a link, see `LinkMirror` in prisma/schema.prisma. Milliseconds are from now, by the database's clock. */
export type MirroredLink = {
  /** What is here. */
  wanted: Side
  /** Counts the changes here. */
  generation: bigint
  /** What both sides agreed on, and at which generation; undefined: they never did. */
  agreed: Side | undefined
  agreedGeneration: bigint
  /** Tracker's id of its remote link, if it is known. */
  remoteLinkId: string | undefined
  /** Tracker may have another state than `agreed`. */
  inDoubt: boolean
  /** Tries that failed since the last success. */
  attempts: number
  /** Milliseconds until something is to be done; undefined: nothing is. */
  dueIn: number | undefined
  lastError: MirrorFailure | undefined
  /** The fencing token of the worker that has claimed it. */
  leaseToken: string | undefined
}

/** A change of a link, as the change feed tells it. */
export type LinkNews = { side: Side; byTracker: boolean }

/** Why a try failed. `detail` is for people. */
export type MirrorFailure = { code: FailureCode; detail: string }
export type FailureCode =
  | 'tracker-away'
  | 'outcome-unknown'
  | 'token-refused'
  | 'rights-missing'
  | 'issue-locked'
  | 'issue-unknown'
  | 'link-refused'

/** What a worker does next for a link. */
export type Step =
  | { kind: 'rest' }
  | { kind: 'look' }
  | { kind: 'add' }
  | { kind: 'remove'; remoteLinkIds: readonly [string, ...string[]] }

/** What came of a step. `exists`: Tracker has such a link already, or does not say why it refuses another. */
export type Answer =
  | { kind: 'found'; remoteLinkIds: readonly string[] }
  | { kind: 'added'; remoteLinkId: string }
  | { kind: 'removed' }
  | { kind: 'exists' }
  | { kind: 'failed'; failure: MirrorFailure }

/** Milliseconds: for changes that follow each other quickly, and between tries, from the first to the longest. */
const pauses = { settling: 1_000, first: 1_000, longest: 3_600_000 }

/** A link that was never heard of before. Tracker may know it if it is removed: it was made before anybody followed. */
const unheardOf = (news: LinkNews): MirroredLink => ({
  wanted: 'absent',
  generation: 0n,
  agreed: undefined,
  agreedGeneration: 0n,
  remoteLinkId: undefined,
  inDoubt: news.side === 'absent',
  attempts: 0,
  dueIn: undefined,
  lastError: undefined,
  leaseToken: undefined,
})

/**
 * A change was made here. What Tracker did itself it is not told again, unless something may be on its way to Tracker: then
 * nobody knows which of the two came last there. `isQuick`: the change before it is less than a second old.
 */
export function afterNews(known: MirroredLink | undefined, news: LinkNews, isQuick = false): MirroredLink {
  const link = known ?? unheardOf(news)
  const changed = { ...link, wanted: news.side, generation: link.generation + 1n }
  if (!news.byTracker) return { ...changed, dueIn: isQuick ? pauses.settling : 0 }
  if (link.leaseToken !== undefined || (known !== undefined && link.inDoubt))
    return { ...changed, inDoubt: true, dueIn: 0 }
  return agreedOn({ ...changed, remoteLinkId: undefined }, news.side)
}

/**
 * The same for an application that is not mirrored: nothing is sent because of a change. A link that was removed here before
 * it was ever heard of counts as one that both sides had, or a comparison would take it for one that Tracker made.
 */
export function afterUnsentNews(known: MirroredLink | undefined, news: LinkNews): MirroredLink {
  const link = afterNews(known, news)
  if (link.leaseToken !== undefined) return link
  if (known === undefined && link.inDoubt) return { ...link, agreed: 'linked', inDoubt: false, dueIn: undefined }
  return { ...link, dueIn: known?.dueIn }
}

/** Both sides are alike: nothing is to be done. */
const agreedOn = (link: MirroredLink, side: Side): MirroredLink => ({
  ...link,
  agreed: side,
  agreedGeneration: link.generation,
  remoteLinkId: side === 'absent' ? undefined : link.remoteLinkId,
  inDoubt: false,
  attempts: 0,
  dueIn: undefined,
  lastError: undefined,
})

/**
 * A worker claims the link: as what it works on, and as what is stored until it has finished. A token that is still there is that
 * of a worker that did not finish, whose request may have been done.
 */
export function claim(link: MirroredLink, leaseToken: string): { claimed: MirroredLink; stored: MirroredLink } {
  const inDoubt = link.inDoubt || link.leaseToken !== undefined
  // What becomes doubtful from now on is known by the mark that is stored.
  return { claimed: { ...link, inDoubt, leaseToken }, stored: { ...link, inDoubt: false, leaseToken } }
}

/** What is to be done for a link that was claimed. */
export function nextStep({ wanted, agreed = 'absent', inDoubt, remoteLinkId }: MirroredLink): Step {
  if (inDoubt) return { kind: 'look' }
  if (wanted === agreed) return { kind: 'rest' }
  if (wanted === 'linked') return { kind: 'add' }
  return remoteLinkId === undefined ? { kind: 'look' } : { kind: 'remove', remoteLinkIds: [remoteLinkId] }
}

/** What is to be done after a look: one remote link stays if there shall be one, the others are too many. */
export function stepAfterLook({ wanted }: MirroredLink, remoteLinkIds: readonly string[]): Step {
  if (wanted === 'linked' && remoteLinkIds.length === 0) return { kind: 'add' }
  const [first, ...others] = wanted === 'linked' ? remoteLinkIds.slice(1) : remoteLinkIds
  return first === undefined ? { kind: 'rest' } : { kind: 'remove', remoteLinkIds: [first, ...others] }
}

/** Nothing was to be done: both sides are alike. */
export const atRest = (link: MirroredLink): MirroredLink => agreedOn(link, link.wanted)

/** What is known after a step of a worker. */
export function afterStep(link: MirroredLink, step: Step, answer: Answer): MirroredLink {
  switch (answer.kind) {
    case 'found': {
      const [remoteLinkId] = answer.remoteLinkIds
      const agreed = remoteLinkId === undefined ? 'absent' : 'linked'
      const seen = { ...link, agreed, remoteLinkId, inDoubt: false } as const
      return stepAfterLook(seen, answer.remoteLinkIds).kind === 'rest' ? atRest(seen) : seen
    }
    case 'added':
      return agreedOn({ ...link, remoteLinkId: answer.remoteLinkId }, 'linked')
    case 'removed':
      return agreedOn(link, link.wanted)
    case 'exists':
      // The second time Tracker refuses a link that it did not show: something else is wrong with it.
      return link.attempts === 0
        ? { ...link, attempts: 1, inDoubt: true, dueIn: 0 }
        : { ...failedTry(link, step, refusedLink), inDoubt: true }
    case 'failed':
      return failedTry(link, step, answer.failure)
  }
}

const refusedLink: MirrorFailure = {
  code: 'link-refused',
  detail: 'Tracker refuses the link as one that exists, and does not show it.',
}

/** What a failure stops until it is tried again: everything of the application, or of the issue; undefined: only the link waits. */
export const stoppedBy: Readonly<Record<FailureCode, 'application' | 'issue' | undefined>> = {
  'token-refused': 'application',
  'rights-missing': 'application',
  'issue-locked': 'issue',
  'issue-unknown': 'issue',
  'tracker-away': undefined,
  'outcome-unknown': undefined,
  'link-refused': undefined,
}

function failedTry(link: MirroredLink, step: Step, failure: MirrorFailure): MirroredLink {
  // The stop has a pause of its own, which ends for all its links at once.
  if (stoppedBy[failure.code] !== undefined) return { ...link, dueIn: 0, lastError: failure }
  const attempts = link.attempts + 1
  const dueIn = Math.min(pauses.first * 2 ** (attempts - 1), pauses.longest)
  const mayBeDone = failure.code === 'outcome-unknown' && step.kind !== 'look'
  return { ...link, attempts, dueIn, lastError: failure, inDoubt: link.inDoubt || mayBeDone }
}

/**
 * A worker is done with a link. `stored` is what is stored by now, `worked` what the worker knows; undefined if its lease is
 * another's, so that nothing may be stored.
 */
export function finish(stored: MirroredLink, worked: MirroredLink): MirroredLink | undefined {
  if (stored.leaseToken === undefined || stored.leaseToken !== worked.leaseToken) return undefined
  const known = { ...worked, leaseToken: undefined }
  if (stored.generation === worked.generation) return { ...known, inDoubt: worked.inDoubt || stored.inDoubt }
  // It was changed here meanwhile: what Tracker has is known, and what is wanted is to be done next.
  const { wanted, generation } = stored
  return { ...known, wanted, generation, inDoubt: worked.inDoubt || stored.inDoubt, dueIn: stored.dueIn ?? 0 }
}
