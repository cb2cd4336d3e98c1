import type { Answer, MirrorFailure, Step } from '../../../../src/reconciliation/mirror/protocol.ts'
import {
  copyOf,
  type HereLink,
  isQuiet,
  type Protocol,
  type Request,
  sideHere,
  sideInTracker,
  type TrackerLink,
  type Worker,
  type World,
} from './world.ts'

/** One thing that may happen, and the world after it. */
export type Happening = { what: string; world: World }

const unknownOutcome: MirrorFailure = { code: 'outcome-unknown', detail: '' }

/** Everything that may happen next. `repeats`: what Tracker does with a link that it has already. */
export function happenings(world: World, protocol: Protocol, repeats: 'doubles' | 'refuses'): Happening[] {
  const found: Happening[] = []
  const may = (what: string, happen: (next: World) => void) => {
    const next = copyOf(world)
    happen(next)
    settle(next)
    found.push({ what, world: next })
  }
  const context = { world, protocol, repeats, may }
  changes(context)
  callsOfTracker(context)
  follow(context)
  for (const index of world.workers.keys()) work(context, index)
  requestsOfTheKilled(context)
  leases(context)
  return found
}

type Context = {
  world: World
  protocol: Protocol
  repeats: 'doubles' | 'refuses'
  may: (what: string, happen: (next: World) => void) => void
}

/** The key under which a link is called by: the newest that is known, or that Tracker has. */
const keyHere = (world: World, of: number) => (of === 1 ? 2 : world.isMoveKnown ? 1 : 0)
const keyInTracker = (world: World, of: number) => (of === 1 ? 2 : world.moved ? 1 : 0)

const opposite = (side: 'linked' | 'absent') => (side === 'linked' ? 'absent' : 'linked')

function changes({ world, protocol, may }: Context): void {
  for (const of of world.tracker.keys()) {
    if (world.left.app > 0) {
      const link = keyHere(world, of)
      const side = opposite((world.here[link] as HereLink).here)
      may(`the application makes link ${of} ${side}`, next => {
        next.left.app--
        changeHere(next, link, side, false)
        const tracker = next.tracker[of] as TrackerLink
        tracker.lastApp = side
        // By a key that the issue has no more, as nobody here knows yet: what Tracker makes under the new one may stay.
        if (link === 0 && next.moved) tracker.isUnsure = true
      })
    }
    if (world.left.user > 0) {
      const side = opposite(sideInTracker(world, of))
      may(`a user of Tracker makes link ${of} ${side}`, next => {
        next.left.user--
        next.isChangedInTracker = true
        const tracker = next.tracker[of] as TrackerLink
        if (side === 'linked') addRemote(tracker, 'user')
        else tracker.remote = []
        tracker.lastUser = side
        next.calls.push({ link: keyInTracker(next, of), side })
      })
    }
  }
  if (world.left.move > 0)
    may('the issue of link 0 moves', next => {
      next.left.move--
      next.moved = true
    })
  if (world.moved && !world.isMoveKnown) may('the move is learned', next => learnMove(next, protocol))
}

function changeHere(next: World, link: number, side: 'linked' | 'absent', byTracker: boolean): void {
  const stored = next.here[link] as HereLink
  if (stored.here === side) return
  stored.here = side
  stored.isTakenByTracker = byTracker && side === 'absent'
  if (stored.of === 0) next.lastKey = link
  // Under a former key, while the present one has the same link: nothing changes for the issue.
  const isBeside = link === 0 && side === 'absent' && next.here[1]?.here === 'linked'
  next.events.push({ link, side, byTracker, isBeside })
}

/** Makes a link here again that Tracker removed, unless it was changed again since. */
function restore(next: World, link: number): boolean {
  const { isTakenByTracker } = next.here[link] as HereLink
  if (isTakenByTracker) changeHere(next, link, 'linked', false)
  return isTakenByTracker
}

/** Whether a removal that is none of a user is undone, or was by somebody: then what is known of the link stays as it was. */
const isUndone = (next: World, link: number): boolean =>
  restore(next, link) || (next.here[link] as HereLink).here === 'linked'

export function learnMove(next: World, { merge }: Protocol): void {
  next.isMoveKnown = true
  const [old, present] = next.here as [HereLink, HereLink]
  const here = old.here === 'linked' || present.here === 'linked' ? 'linked' : 'absent'
  const rows = [old.row, present.row].filter(row => row !== undefined)
  const [one, other] = rows
  const row = one && other ? merge(one, other, here) : one
  const leased = [old, present].find(link => link.row?.leaseToken !== undefined)
  const isTakenByTracker = here === 'absent' && (next.here[next.lastKey] as HereLink).isTakenByTracker
  next.here[1] = { of: 0, here, isTakenByTracker, row, expired: leased?.expired ?? false }
  next.here[0] = { of: 0, here: 'absent', isTakenByTracker: false, row: undefined, expired: false }
  // A follower reads events of a former key as such of the present one.
  next.events = next.events.map(event => (event.link === 0 ? { ...event, link: 1, isFormer: true } : event))
}

function addRemote(tracker: TrackerLink, by: 'user' | 'mirror'): string {
  const id = String(tracker.nextId++)
  tracker.remote = [...tracker.remote, { id, by }]
  return id
}

function callsOfTracker({ world, protocol, may }: Context): void {
  for (const [index, call] of world.calls.entries()) {
    const arrive = (next: World) => {
      const isFormer = call.link === 0 && next.isMoveKnown
      const isUnknown = call.link === 1 && !next.isMoveKnown && call.side === 'absent'
      // A removal with a key that is unknown here is resolved through Tracker.
      if (isUnknown) learnMove(next, protocol)
      changeHere(next, isFormer ? 1 : call.link, call.side, true)
    }
    const name = `Tracker's call (${call.side}, key ${call.link})`
    may(`${name} arrives`, next => {
      next.calls.splice(index, 1)
      arrive(next)
    })
    if (world.left.fault === 0) continue
    may(`${name} is lost`, next => {
      next.left.fault--
      next.calls.splice(index, 1)
    })
    may(`${name} arrives, and will again`, next => {
      next.left.fault--
      arrive(next)
    })
  }
}

function follow({ world, protocol, may }: Context): void {
  const [event] = world.events
  if (event === undefined) return
  may(`the follower reads (${event.side}, key ${event.link})`, next => {
    next.events.shift()
    const stored = next.here[event.link] as HereLink
    if (event.isFormer && event.isBeside) stored.row = protocol.afterNewsBeside(stored.row)
    else if (!(protocol.isEcho(stored.row, event) && isUndone(next, event.link)))
      stored.row = protocol.afterNews(stored.row, event)
  })
}

function work(context: Context, index: number): void {
  const { world, may } = context
  const worker = world.workers[index]
  if (worker === undefined) {
    claimSomething(context, index)
    return
  }
  const { request } = worker
  const stored = world.here[worker.link] as HereLink
  const isMine = stored.row?.leaseToken === worker.known.leaseToken && !stored.expired
  if (request === undefined)
    may(isMine ? `worker ${index} sends ${worker.step.kind}` : `worker ${index} gives up: its lease is over`, next => {
      next.workers[index] = isMine ? { ...worker, request: requestOf(worker) } : undefined
    })
  else if (request.answer === undefined) onTheWay(context, index, request)
  else may(`worker ${index} learns of ${request.answer.kind}`, next => learn(context, next, index))
  if (world.left.fault > 0)
    may(`worker ${index} is killed`, next => {
      next.left.fault--
      if (request !== undefined && request.answer === undefined) next.orphans.push(request)
      next.workers[index] = undefined
    })
}

const requestOf = ({ link, step, known }: Worker): Request => ({
  link,
  step,
  token: known.leaseToken as string,
  answer: undefined,
  isLost: false,
})

function claimSomething({ world, protocol, may }: Context, index: number): void {
  // Both workers are alike: the second begins only beside the first.
  if (index === 1 && world.workers[0] === undefined) return
  for (const [link, { row, expired }] of world.here.entries()) {
    if (row === undefined || row.dueIn === undefined || (row.leaseToken !== undefined && !expired)) continue
    may(`worker ${index} claims link ${link}`, next => {
      const token = `token ${next.tokens++}`
      const { claimed, stored } = protocol.claim(row, token)
      const mine = next.here[link] as HereLink
      const step = protocol.nextStep(claimed)
      mine.expired = false
      mine.row = stored
      if (step.kind === 'rest') store(next, protocol, link, protocol.atRest(claimed))
      else next.workers[index] = { link, known: claimed, step, request: undefined }
    })
  }
}

function onTheWay({ world, repeats, may }: Context, index: number, request: Request): void {
  const answerWith = (next: World, answer: Answer) => {
    const worker = next.workers[index] as Worker
    next.workers[index] = { ...worker, request: { ...request, answer } }
  }
  may(`Tracker does ${request.step.kind} of worker ${index}`, next =>
    answerWith(next, doInTracker(next, request, repeats)),
  )
  if (world.left.fault === 0) return
  const failed: Answer = { kind: 'failed', failure: unknownOutcome }
  may(`the request of worker ${index} is lost`, next => {
    next.left.fault--
    answerWith(next, failed)
  })
  may(`Tracker does ${request.step.kind} of worker ${index}, and its answer is lost`, next => {
    next.left.fault--
    doInTracker(next, request, repeats)
    answerWith(next, failed)
  })
}

function doInTracker(next: World, { link, step }: Request, repeats: 'doubles' | 'refuses'): Answer {
  const tracker = next.tracker[(next.here[link] as HereLink).of] as TrackerLink
  if (step.kind === 'look') {
    const ours = tracker.remote.filter(({ by }) => by === 'mirror').map(({ id }) => id)
    return { kind: 'found', remoteLinkIds: tracker.remote.map(({ id }) => id), ours }
  }
  if (step.kind === 'restore') {
    return { kind: restore(next, link) ? 'restored' : 'removed' }
  }
  if (step.kind === 'remove') {
    // Tracker calls for each removal, whoever made it.
    if (tracker.remote.some(({ id }) => step.remoteLinkIds.includes(id)))
      next.calls.push({ link: next.here[link]?.of === 1 ? 2 : next.moved ? 1 : 0, side: 'absent' })
    tracker.remote = tracker.remote.filter(({ id }) => !step.remoteLinkIds.includes(id))
    return { kind: 'removed' }
  }
  if (repeats === 'refuses' && tracker.remote.length > 0) return { kind: 'exists' }
  return { kind: 'added', remoteLinkId: addRemote(tracker, 'mirror') }
}

/** A worker has its answer: it goes on with the next step, or stores what it knows. */
function learn({ protocol }: Context, next: World, index: number): void {
  const worker = next.workers[index] as Worker
  const { known, step, link } = worker
  const answer = worker.request?.answer as Answer
  const worked = protocol.afterStep(known, step, answer)
  const following: Step = answer.kind === 'found' ? protocol.stepAfterLook(known, answer) : { kind: 'rest' }
  if (following.kind !== 'rest') {
    next.workers[index] = { link, known: worked, step: following, request: undefined }
    return
  }
  next.workers[index] = undefined
  store(next, protocol, link, worked)
}

function store(next: World, protocol: Protocol, link: number, worked: Worker['known']): void {
  const mine = next.here[link] as HereLink
  if (mine.row === undefined) return
  const finished = protocol.finish(mine.row, worked)
  if (finished === undefined) return
  mine.row = finished
  mine.expired = false
}

function requestsOfTheKilled({ world, repeats, may }: Context): void {
  for (const [index, request] of world.orphans.entries()) {
    may(`Tracker does ${request.step.kind} of a killed worker`, next => {
      next.orphans.splice(index, 1)
      doInTracker(next, request, repeats)
    })
    may(`the ${request.step.kind} of a killed worker is lost`, next => {
      next.orphans.splice(index, 1)
    })
  }
}

/**
 * A lease runs out: after its worker was killed, or because the worker is slow. A request is given up before the lease ends, so
 * that none is on its way then.
 */
function leases({ world, may }: Context): void {
  for (const [link, { row, expired }] of world.here.entries()) {
    const token = row?.leaseToken
    if (token === undefined || expired) continue
    const isOnTheWay = [...world.orphans, ...world.workers.map(worker => worker?.request)].some(
      request => request !== undefined && request.token === token && request.answer === undefined,
    )
    if (isOnTheWay) continue
    const isAlive = world.workers.some(worker => worker?.known.leaseToken === token)
    if (isAlive && world.left.fault === 0) continue
    may(`the lease of link ${link} runs out`, next => {
      if (isAlive) next.left.fault--
      ;(next.here[link] as HereLink).expired = true
    })
  }
}

/** Where both sides are alike and nothing is on its way, what led there is forgotten. */
function settle(next: World): void {
  if (!isQuiet(next)) return
  for (const [of, tracker] of next.tracker.entries()) {
    const side = sideHere(next, of)
    if (side !== sideInTracker(next, of)) continue
    tracker.settled = side
    tracker.lastApp = undefined
    tracker.lastUser = undefined
    tracker.isUnsure = false
  }
}
