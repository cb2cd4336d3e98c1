import { happenings } from './happenings.ts'
import { faultAfterQuiet } from './quiet-run.ts'
import { type Budget, firstWorld, nameOf, type Protocol, type World } from './world.ts'

/** How much may happen, and what Tracker does with a link that it has already. */
export type Bounds = { left: Budget; depth: number; repeats: 'doubles' | 'refuses' }

/** What was found: how many worlds there are, and the shortest way to one that breaks a promise. */
export type Explored = { worlds: number; fault: string | undefined; trace: string[] }

type Reached = { world: World; what: string; from: Reached | undefined }

/** Goes through all that may happen, the shortest ways first, and ends at the first world that breaks a promise. */
export function explore(protocol: Protocol, { left, depth, repeats }: Bounds): Explored {
  const first: Reached = { world: firstWorld(left), what: '', from: undefined }
  const seen = new Set([nameOf(first.world)])
  let reached = [first]
  for (let step = 0; step < depth && reached.length > 0; step++) {
    const next: Reached[] = []
    for (const from of reached)
      for (const { what, world } of happenings(from.world, protocol, repeats)) {
        const name = nameOf(world)
        if (seen.has(name)) continue
        seen.add(name)
        const here = { world, what, from }
        const fault = faultNow(world) ?? faultAfterQuiet(world, protocol, repeats)
        if (fault !== undefined) return { worlds: seen.size, fault, trace: traceTo(here) }
        next.push(here)
      }
    reached = next
  }
  return { worlds: seen.size, fault: undefined, trace: [] }
}

/** What must never be, at any moment. */
function faultNow({ tracker }: World): string | undefined {
  const doubled = tracker.findIndex(({ remote }) => remote.filter(({ by }) => by === 'mirror').length > 1)
  return doubled < 0 ? undefined : `link ${doubled}: the mirror has added it twice`
}

function traceTo(reached: Reached): string[] {
  const trace: string[] = []
  for (let at: Reached | undefined = reached; at?.from !== undefined; at = at.from) trace.unshift(at.what)
  return trace
}
