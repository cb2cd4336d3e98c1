import { compareSides, isUnderWay } from '../../../../src/reconciliation/difference.ts'
import type { Side } from '../../../../src/reconciliation/mirror/protocol.ts'
import { happenings, learnMove } from './happenings.ts'
import {
  copyOf,
  type HereLink,
  isQuiet,
  type Protocol,
  sideHere,
  sideInTracker,
  type TrackerLink,
  type World,
} from './world.ts'

/** So many things happen at most until all is quiet; more are a loop. */
const longestRun = 200

/** What is wrong with the end of a quiet run from a world; undefined: nothing is. */
export function faultAfterQuiet(world: World, protocol: Protocol, repeats: 'doubles' | 'refuses'): string | undefined {
  const start = copyOf(world)
  start.left = { app: 0, user: 0, fault: 0, move: 0 }
  const calm = becomeQuiet(start, protocol, repeats)
  if (calm === undefined) return 'it never becomes quiet'
  const differs = calm.tracker.findIndex((_, of) => sideHere(calm, of) !== sideInTracker(calm, of))
  if (!calm.isChangedInTracker && differs >= 0)
    return `link ${differs}: the mirror alone does not make both sides alike`
  const repaired = becomeQuiet(reconcile(calm, protocol).world, protocol, repeats)
  if (repaired === undefined) return 'it never becomes quiet after a reconciliation'
  const again = reconcile(repaired, protocol)
  if (again.repairs > 0) return 'a second reconciliation finds differences'
  for (const [of, tracker] of repaired.tracker.entries()) {
    const fault = faultOf(repaired, of, tracker, world.tracker[of] as TrackerLink)
    if (fault !== undefined) return `link ${of}: ${fault}`
  }
  return undefined
}

function faultOf(end: World, of: number, tracker: TrackerLink, before: TrackerLink): string | undefined {
  const [here, there] = [sideHere(end, of), sideInTracker(end, of)]
  if (here !== there) return `it is ${here} here and ${there} in Tracker`
  if (tracker.remote.length > 1) return 'it is doubled in Tracker'
  const { lastApp, lastUser, settled, isUnsure } = before
  if (isUnsure) return undefined
  const allowed = [lastApp, lastUser].filter(side => side !== undefined)
  if (!(allowed.length === 0 ? [settled] : allowed).includes(here))
    return `what was acknowledged is lost: it is ${here}`
  return undefined
}

/** Lets happen what is under way until nothing is, without faults and changes. The order does not matter: any is a quiet run. */
function becomeQuiet(world: World, protocol: Protocol, repeats: 'doubles' | 'refuses'): World | undefined {
  let now = world
  for (let step = 0; step < longestRun; step++) {
    if (isQuiet(now)) return now
    const next = happenings(now, protocol, repeats).filter(({ what }) => what !== 'the move is learned')[0]
    if (next === undefined) return undefined
    now = next.world
  }
  return undefined
}

/** A reconciliation that may repair both sides. */
function reconcile(world: World, protocol: Protocol): { world: World; repairs: number } {
  const next = copyOf(world)
  let repairs = 0
  if (next.moved && !next.isMoveKnown) learnMove(next, protocol)
  for (const [link, stored] of next.here.entries()) {
    if (link === 0 && next.isMoveKnown) continue
    if (link === 1 && !next.isMoveKnown) continue
    if (isUnderWay(stored.row)) continue
    const remote = (next.tracker[stored.of] as TrackerLink).remote.map(({ id }) => id)
    const { repair } = compareSides({ here: stored.here, inTracker: remote, base: protocol.baseOf(stored.row) })
    if (repair === undefined) continue
    repairs++
    if (repair.side === 'tracker') stored.row = protocol.toRepair(stored.row, stored.here)
    else takeOver(next, link, stored, repair.action === 'create' ? 'linked' : 'absent')
  }
  return { world: next, repairs }
}

/** A change of Tracker that got lost is made here, as one that Tracker made. */
function takeOver(next: World, link: number, stored: HereLink, side: Side): void {
  stored.here = side
  stored.isTakenByTracker = side === 'absent'
  if (stored.of === 0) next.lastKey = link
  next.events.push({ link, side, byTracker: true, isBeside: false })
}
