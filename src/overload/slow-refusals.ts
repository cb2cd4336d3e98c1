import type { ErrorCode } from '../errors/catalogue.ts'
import type { Problem } from '../errors/problem.ts'
import { note, type Tally } from '../logging/tally.ts'
import { clientNetwork } from '../values/client-network.ts'
import { burst, type Pace, paceOf, takeMoment } from './pace.ts'

/**
 * How fast callers without access are refused. Whoever tries tokens or addresses in a flood gets each answer later, by two
 * seconds at most, so that the flood takes a small part of the server: the rate has a limit for each network of a caller, and one in
 * all. A caller that is let in never waits for it, from whatever address.
 */
type SlowRefusals = { byAddress: Map<string, Pace>; all: Pace; logged: Pace; now: () => number }

/** A second: for an address, in all, and of the records in the log. */
const refusals = { ofAddress: 500, all: 2_000, logged: 50 }
/** Of more addresses, those that were refused last count together. */
const mostAddresses = 10_000

/** When a refused call is answered, in milliseconds from now, and whether it has a record of its own in the log. */
export type RefusalPacer = (problem: Problem, address: string) => { wait: number; isLogged: boolean } | undefined

/** What callers without access are answered; any other problem is answered at once. */
const withoutAccess: ReadonlySet<ErrorCode> = new Set([
  'token-missing',
  'token-unknown',
  'caller-not-allowed',
  'too-many-unknown-tokens',
  'request-malformed',
  'headers-too-large',
  'no-such-address',
  'method-not-allowed',
])

/** Paces the refusals of callers without access, and tells in the log of those that it does not log one by one. */
export function pacerOfRefusals(tally: Tally, now = () => performance.now()): RefusalPacer {
  const paces: SlowRefusals = {
    byAddress: new Map(),
    all: paceOf(refusals.all),
    logged: paceOf(refusals.logged),
    now,
  }
  return ({ code, isCounted, recorded: { application } }, address) => {
    if (!withoutAccess.has(code)) return undefined
    const wait = waitOf(paces, clientNetwork(address))
    const isLogged = isCounted || isLoggedAlone(paces)
    const about = { code, ...(application !== undefined && { application }) }
    if (!isLogged) note(tally, about, 'calls without access come so often that not each is logged')
    return { wait, isLogged }
  }
}

function waitOf(paces: SlowRefusals, address: string): number {
  const now = paces.now()
  return Math.max(takeMoment(paceOfAddress(paces, address, now), now), takeMoment(paces.all, now))
}

function isLoggedAlone({ logged, now }: SlowRefusals): boolean {
  const isRoom = logged.next <= now()
  if (isRoom) takeMoment(logged, now())
  return isRoom
}

function paceOfAddress({ byAddress }: SlowRefusals, address: string, now: number): Pace {
  const known = byAddress.get(address)
  if (known !== undefined) return known
  if (byAddress.size >= mostAddresses)
    for (const [one, { next }] of byAddress) if (next < now - burst) byAddress.delete(one)
  const name = byAddress.size >= mostAddresses ? 'others' : address
  const pace = byAddress.get(name) ?? paceOf(refusals.ofAddress)
  byAddress.set(name, pace)
  return pace
}
