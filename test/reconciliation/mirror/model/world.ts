import type * as protocolModule from '../../../../src/reconciliation/mirror/protocol.ts'
import type { Answer, MirroredLink, Side, Step } from '../../../../src/reconciliation/mirror/protocol.ts'

/** The decisions under test; a control takes one of them out. */
export type Protocol = Pick<
  typeof protocolModule,
  | 'afterNews'
  | 'afterNewsBeside'
  | 'isEcho'
  | 'baseOf'
  | 'claim'
  | 'nextStep'
  | 'stepAfterLook'
  | 'atRest'
  | 'afterStep'
  | 'finish'
  | 'merge'
  | 'toRepair'
>

/** Tracker's remote link. Ids are given in their order, and never again. */
export type Remote = { id: string; by: 'user' | 'mirror' }

/** A link as Tracker has it. `lastApp` and `lastUser`: what either side last made of it since both agreed on `settled`. */
export type TrackerLink = {
  remote: Remote[]
  nextId: number
  settled: Side
  lastApp: Side | undefined
  lastUser: Side | undefined
  /** Changed under a key that the issue had no more, before anybody knew: either side may be the last. */
  isUnsure: boolean
}

/** The same link as it is here, under one key of its issue. `expired`: its lease is over. */
export type HereLink = {
  of: number
  here: Side
  /** Whether the last that happened to it here is that Tracker removed it. */
  isTakenByTracker: boolean
  row: MirroredLink | undefined
  expired: boolean
}

/** A request on its way to Tracker, or an answer on its way back. */
export type Request = { link: number; step: Step; token: string; answer: Answer | undefined; isLost: boolean }

/** A worker and what it has claimed. */
export type Worker = { link: number; known: MirroredLink; step: Step; request: Request | undefined }

export type Budget = { app: number; user: number; fault: number; move: number }

/**
 * All there is: two links, of which the first is on an issue that may move to another queue, and so may be kept here under two keys
 * (0 and 1). What the change feed has not told yet, what Tracker has called and not reached us with, two workers, and requests
 * of workers that were killed.
 */
export type World = {
  tracker: TrackerLink[]
  here: HereLink[]
  /** Whether users of Tracker have changed anything: else the mirror alone keeps both sides alike. */
  isChangedInTracker: boolean
  moved: boolean
  /** Under which of the two keys the link of the moved issue was changed last here. */
  lastKey: number
  isMoveKnown: boolean
  events: { link: number; side: Side; byTracker: boolean; isFormer?: boolean; isBeside: boolean }[]
  calls: { link: number; side: Side }[]
  workers: (Worker | undefined)[]
  orphans: Request[]
  tokens: number
  left: Budget
}

const trackerLink = (): TrackerLink => ({
  remote: [],
  nextId: 1,
  settled: 'absent',
  lastApp: undefined,
  lastUser: undefined,
  isUnsure: false,
})
const hereLink = (of: number): HereLink => ({
  of,
  here: 'absent',
  isTakenByTracker: false,
  row: undefined,
  expired: false,
})

export const firstWorld = (left: Budget): World => ({
  tracker: [trackerLink(), trackerLink()],
  here: [hereLink(0), hereLink(0), hereLink(1)],
  isChangedInTracker: false,
  moved: false,
  lastKey: 0,
  isMoveKnown: false,
  events: [],
  calls: [],
  workers: [undefined, undefined],
  orphans: [],
  tokens: 0,
  left,
})

/** Records are never changed in place, only the lists and the fields of these. */
export const copyOf = (world: World): World => ({
  ...world,
  tracker: world.tracker.map(link => ({ ...link })),
  here: world.here.map(link => ({ ...link })),
  events: [...world.events],
  calls: [...world.calls],
  workers: world.workers.map(worker => worker && { ...worker }),
  orphans: [...world.orphans],
  left: { ...world.left },
})

/** The link as it is here, over its keys. */
export const sideHere = (world: World, of: number): Side =>
  world.here.some(link => link.of === of && link.here === 'linked') ? 'linked' : 'absent'

export const sideInTracker = (world: World, of: number): Side =>
  (world.tracker[of] as TrackerLink).remote.length > 0 ? 'linked' : 'absent'

/** Nothing is on its way, and nothing is to be done. */
export const isQuiet = ({ events, calls, workers, orphans, here }: World): boolean =>
  events.length + calls.length + orphans.length === 0 &&
  workers.every(worker => worker === undefined) &&
  here.every(({ row }) => row === undefined || (row.dueIn === undefined && row.leaseToken === undefined))

/** The same text for worlds that go on in the same way: time and what is only told do not count. */
export function nameOf(world: World): string {
  const tokens = new Map<string, number>()
  const tokenName = (token: string | undefined) => {
    if (token === undefined) return ''
    if (!tokens.has(token)) tokens.set(token, tokens.size)
    return tokens.get(token)
  }
  const link = (row: MirroredLink | undefined) =>
    row && [
      row.wanted,
      String(row.generation),
      row.agreed,
      row.remoteLinkId,
      row.inDoubt,
      Math.min(row.attempts, 2),
      row.dueIn !== undefined,
      tokenName(row.leaseToken),
    ]
  const request = (one: Request) => [one.link, one.step, tokenName(one.token), one.answer, one.isLost]
  return JSON.stringify([
    world.tracker,
    world.here.map(({ here, isTakenByTracker, row, expired }) => [here, isTakenByTracker, link(row), expired]),
    world.isChangedInTracker,
    world.moved,
    world.isMoveKnown,
    world.events,
    world.calls,
    world.workers.map(
      worker => worker && [worker.link, link(worker.known), worker.step, worker.request && request(worker.request)],
    ),
    world.orphans.map(request),
    world.left,
  ])
}
