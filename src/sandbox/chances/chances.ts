import type { XStatic } from 'typebox/schema'
import { type CallKind, callKinds } from '../../application-calls/calls.ts'
import { type CallFaults, faultNames, slowMost } from '../call-desk/faults.ts'
import { seededRandom } from './seeded-random.ts'

/** What may happen to a request to the API. The change is made before `failedAfter` and `lostAfter`, and not before the others. */
export type RequestFault = (typeof requestFaults)[number]
export const requestFaults = ['tooMany', 'failed', 'failedAfter', 'lost', 'lostAfter'] as const

const share = { type: 'number', minimum: 0, maximum: 1 } as const

/** JSON Schema of `WrittenChances`. */
export const chancesSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    seed: { type: 'integer', minimum: 0, maximum: 2 ** 32 - 1 },
    requests: {
      type: 'object',
      additionalProperties: false,
      properties: {
        slow: share,
        tooMany: share,
        failed: share,
        failedAfter: share,
        lost: share,
        lostAfter: share,
      },
    },
    calls: {
      type: 'object',
      additionalProperties: false,
      properties: Object.fromEntries(
        callKinds.map(call => [
          call,
          {
            type: 'object',
            additionalProperties: false,
            properties: Object.fromEntries(faultNames[call].map(name => [name, share])),
          },
        ]),
      ),
    },
    slowMost: { type: 'integer', minimum: 0, maximum: slowMost },
    retryAfter: { type: 'integer', minimum: 0 },
  },
} as const

type Shares = Readonly<Record<string, number>>
/** Chances as a program writes them: what is left out never happens. */
export type WrittenChances = Omit<XStatic<typeof chancesSchema>, 'calls'> & {
  calls?: Partial<Record<CallKind, Shares>>
}

const none = { seed: 1, requests: {}, calls: {}, slowMost: 1_000, retryAfter: 1 } as const

/** Which requests and calls go wrong, drawn by a seed: shares of them, from 0 to 1. */
export type Chances = ReturnType<typeof createChances>

export function createChances() {
  let written: Required<WrittenChances> = none
  // Calls and requests draw by themselves, so that neither shifts the luck of the other.
  let draws = { requests: seededRandom(none.seed), calls: seededRandom(none.seed + 1) }
  return {
    shown: () => written,
    /** Begins anew at the seed. */
    set(chances: WrittenChances): void {
      written = { ...none, ...chances }
      draws = { requests: seededRandom(written.seed), calls: seededRandom(written.seed + 1) }
    },
    ofRequest: () => drawRequest(written, draws.requests),
    /** The faults of a call, besides those that are switched on. */
    ofCall: (kind: CallKind) => drawCall(written, kind, draws.calls),
  }
}

/** At most one fault, and how many milliseconds the answer is late. */
function drawRequest({ requests, slowMost, retryAfter }: Required<WrittenChances>, random: () => number) {
  const { slow = 0, ...shares } = requests
  const late = hits(slow, random) ? Math.ceil(random() * slowMost) : 0
  let luck = random()
  const fault = requestFaults.find(name => {
    luck -= shares[name] ?? 0
    return luck < 0
  })
  return { fault, late, retryAfter }
}

function drawCall({ calls, slowMost }: Required<WrittenChances>, kind: CallKind, random: () => number) {
  const shares = calls[kind] ?? {}
  const hit = Object.keys(shares).filter(name => hits(shares[name] ?? 0, random))
  const faults: Partial<CallFaults> = Object.fromEntries(hit.filter(name => name !== 'slow').map(name => [name, true]))
  return hit.includes('slow') ? { ...faults, slow: Math.ceil(random() * slowMost) } : faults
}

const hits = (share: number, random: () => number) => random() < share
