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

/** What a worker does next for a link: in Tracker, but for `restore`, which makes the link here again. */
export type Step =
  | { kind: 'rest' }
  | { kind: 'look' }
  | { kind: 'add' }
  | { kind: 'restore' }
  | { kind: 'remove'; remoteLinkIds: readonly [string, ...string[]] }

/** What came of a step. `exists`: Tracker has such a link already, or does not say why it refuses another. */
export type Answer =
  | Found
  | { kind: 'added'; remoteLinkId: string }
  | { kind: 'removed' }
  | { kind: 'restored' }
  | { kind: 'exists' }
  | { kind: 'failed'; failure: MirrorFailure }

/** The remote links that Tracker has of a link, and those of them that the mirror's own user has added. */
export type Found = { kind: 'found'; remoteLinkIds: readonly string[]; ours: readonly string[] }

/** Milliseconds: before a change is sent, also one that follows another quickly; and between tries, from the first to the longest. */
const pauses = { gathering: 200, settling: 1_000, first: 1_000, longest: 3_600_000 }

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
 * A change was made here. What Tracker did itself counts as agreed and is not told again; if its calls came in another order than
 * they were made, a comparison finds it. `isQuick`: the change before it is less than a second old.
 */
export function afterNews(known: MirroredLink | undefined, news: LinkNews, isQuick = false): MirroredLink {
  const link = known ?? unheardOf(news)
  const changed = { ...link, wanted: news.side, generation: link.generation + 1n }
  if (!news.byTracker) return { ...changed, dueIn: isQuick ? pauses.settling : pauses.gathering }
  // Tracker says that it has what is still to be sent: it may have been so, and be no more.
  if (news.side === 'linked' && isUnsent(known)) return { ...link, inDoubt: true, dueIn: 0 }
  const agreed = agreedOn(changed, news.side)
  // What we have sent, or were about to take back, may be in Tracker all the same.
  const isUnsettled = link.leaseToken !== undefined || link.dueIn !== undefined || link.inDoubt
  if (known === undefined || !(isUnsettled || link.remoteLinkId !== undefined)) return agreed
  // Whether Tracker's removal was of the link that we know there: as long as it is, this is told by the agreement.
  const doubted = news.side === 'absent' && isAgreed(link) && !isUnsettled ? { agreed: 'linked' as const } : {}
  // Which remote link is Tracker's own is seen by the look.
  return { ...agreed, ...doubted, remoteLinkId: undefined, inDoubt: true, dueIn: 0 }
}

/**
 * Whether a removal by Tracker is none of a user: Tracker is not known to have the link, which is wanted here and still to be sent, or is
 * just being sent. Tracker calls for our own removals as well, and such a call may come after the link was made anew. What is
 * known of the link stays as it was, and it is made here once more, unless it was changed again since.
 */
export const isEcho = (known: MirroredLink | undefined, { side, byTracker }: LinkNews): boolean =>
  byTracker && side === 'absent' && isUnsent(known)

/** Whether a link was made here and is still to be sent, or just being sent. */
const isUnsent = (known: MirroredLink | undefined) =>
  known !== undefined && known.wanted === 'linked' && !isAgreed(known)

/** Tracker says that it removed a link that we know there: a look tells whether it did, or means another that is gone. */
const isDoubtedRemoval = (link: MirroredLink) => isAgreed(link) && link.wanted === 'absent' && link.agreed === 'linked'

/**
 * A link was removed under a former key of its issue, while the issue had it under another one, and nobody knew yet that both are keys of
 * one issue: nothing has changed for the link. What is known of it stays; what the removed one may have left in Tracker is looked for.
 */
export function afterNewsBeside(known: MirroredLink | undefined): MirroredLink {
  if (known === undefined) return { ...unheardOf({ side: 'absent', byTracker: true }), inDoubt: true }
  const generation = known.generation + 1n
  const agreedGeneration = isAgreed(known) ? generation : known.agreedGeneration
  return { ...known, generation, agreedGeneration, inDoubt: true, dueIn: 0 }
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

/**
 * What is to be done for a link that was claimed. Only a link that Tracker never had is added without a look: a user of Tracker
 * may have added it at the same time as the mirror, and removed it before the mirror did.
 */
export function nextStep({ wanted, agreed, inDoubt }: MirroredLink): Step {
  if (inDoubt) return { kind: 'look' }
  if (wanted === (agreed ?? 'absent')) return { kind: 'rest' }
  return { kind: agreed === undefined ? 'add' : 'look' }
}

/**
 * What is to be done after a look: one remote link stays if there shall be one, the others are too many. If Tracker itself made the
 * last change, only what the mirror added before it is taken back: what is left is as Tracker has made it.
 */
export function stepAfterLook(link: MirroredLink, { remoteLinkIds, ours }: Omit<Found, 'kind'>): Step {
  if (isDoubtedRemoval(link)) return { kind: remoteLinkIds.length > 0 ? 'restore' : 'rest' }
  if (isAgreed(link)) return remove(ours.filter(id => id !== link.remoteLinkId))
  if (link.wanted === 'absent') return remove(remoteLinkIds)
  return remoteLinkIds.length === 0 ? { kind: 'add' } : remove(remoteLinkIds.slice(1))
}

const remove = ([first, ...others]: readonly string[]): Step =>
  first === undefined ? { kind: 'rest' } : { kind: 'remove', remoteLinkIds: [first, ...others] }

/** Whether both sides agreed on the last change. If the link is due all the same, Tracker itself made that change. */
export const isAgreed = ({ agreedGeneration, generation }: MirroredLink) => agreedGeneration === generation

/** What both sides agreed on last, for a comparison: a removal by Tracker that is doubted counts. */
export const baseOf = (link: MirroredLink | undefined): Side | undefined =>
  link !== undefined && isDoubtedRemoval(link) ? 'absent' : link?.agreed

/** Nothing was to be done: both sides are alike. */
export const atRest = (link: MirroredLink): MirroredLink => agreedOn(link, link.wanted)

/** What is known after a step of a worker. */
export function afterStep(link: MirroredLink, step: Step, answer: Answer): MirroredLink {
  if (answer.kind === 'found') return seen(link, answer)
  if (answer.kind === 'added') return agreedOn({ ...link, remoteLinkId: answer.remoteLinkId }, 'linked')
  if (answer.kind === 'removed') return agreedOn(link, link.wanted)
  if (answer.kind === 'restored') return agreedOn({ ...link, wanted: 'linked' }, 'linked')
  if (answer.kind === 'failed') return failedTry(link, step, answer.failure)
  if (link.attempts === 0) return { ...link, attempts: 1, inDoubt: true, dueIn: 0 }
  // The second time Tracker refuses a link that it did not show: something else is wrong with it.
  return { ...failedTry(link, step, refusedLink), inDoubt: true }
}

function seen(link: MirroredLink, found: Found): MirroredLink {
  if (stepAfterLook(link, found).kind === 'rest') return atRest({ ...link, remoteLinkId: found.remoteLinkIds[0] })
  const [remoteLinkId] = found.remoteLinkIds
  if (isDoubtedRemoval(link)) return { ...link, remoteLinkId }
  return { ...link, agreed: remoteLinkId === undefined ? 'absent' : 'linked', remoteLinkId, inDoubt: false }
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
  const inDoubt = worked.inDoubt || stored.inDoubt
  if (stored.generation === worked.generation) return { ...worked, inDoubt, leaseToken: undefined }
  // It was changed here meanwhile. If Tracker did that, it stays agreed; else what Tracker has by now is known.
  if (isAgreed(stored)) return { ...stored, inDoubt: true, dueIn: 0, leaseToken: undefined }
  const { wanted, generation, dueIn = 0 } = stored
  return { ...worked, wanted, generation, inDoubt, dueIn, leaseToken: undefined }
}

/**
 * One link that was kept under two keys of its issue is one again, as it is here. If either is still to be made in Tracker, it is to be
 * made; else, if either was agreed so, it stays agreed, with the remote link that stands for it. A lease stays, so that nobody works
 * on it before the request that is on its way has ended.
 */
export function merge(one: MirroredLink, other: MirroredLink, wanted: Side): MirroredLink {
  const alike = [one, other].filter(link => link.wanted === wanted)
  const kept = alike.find(isUnsent) ?? alike.find(isAgreed) ?? alike[0] ?? one
  // Later than either.
  const generation = one.generation + other.generation + 1n
  const isSettled = kept.wanted === wanted && isAgreed(kept)
  const leaseToken = one.leaseToken ?? other.leaseToken
  const isCalm = leaseToken === undefined && one.dueIn === undefined && other.dueIn === undefined
  return {
    ...kept,
    wanted,
    generation,
    agreedGeneration: isSettled ? generation : kept.agreedGeneration,
    remoteLinkId: isSettled ? kept.remoteLinkId : undefined,
    inDoubt: true,
    dueIn: isSettled && isCalm ? undefined : 0,
    leaseToken,
  }
}

/** A comparison found that Tracker is to be made like this side: it is looked at afresh, and then what it lacks is sent. */
export function toRepair(known: MirroredLink | undefined, here: Side): MirroredLink {
  const link = known ?? unheardOf({ side: here, byTracker: false })
  return { ...link, wanted: here, generation: link.generation + 1n, inDoubt: true, dueIn: 0 }
}
