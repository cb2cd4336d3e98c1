import t from 'tap'
import * as protocol from '../../../src/reconciliation/mirror/protocol.ts'
import { type Bounds, type Explored, explore } from './model/explore.ts'
import type { Protocol } from './model/world.ts'

// Everything that may happen to two links, gone through to the end of each way: see model/world.ts. Tried with far higher bounds by
// hand; these find each of the controls, and every fault that the protocol had while it was made.

const tell = (t: { comment: (text: string) => void }, { worlds, fault, trace }: Explored) =>
  t.comment([`${worlds} worlds`, ...(fault === undefined ? [] : [`${fault}:`, ...trace])].join('\n'))

const bounds: Record<string, Bounds> = {
  'both sides change two links, and one thing fails': {
    left: { app: 2, user: 2, fault: 1, move: 0 },
    depth: 12,
    repeats: 'doubles',
  },
  'two things fail': { left: { app: 2, user: 1, fault: 2, move: 0 }, depth: 14, repeats: 'doubles' },
  'the issue of one moves': { left: { app: 1, user: 2, fault: 1, move: 1 }, depth: 12, repeats: 'doubles' },
  'the application goes on while the issue moves': {
    left: { app: 3, user: 1, fault: 0, move: 1 },
    depth: 14,
    repeats: 'doubles',
  },
  'it goes on for long': { left: { app: 4, user: 0, fault: 0, move: 1 }, depth: 16, repeats: 'doubles' },
  'Tracker refuses a link that it has': { left: { app: 2, user: 1, fault: 1, move: 0 }, depth: 14, repeats: 'refuses' },
}

for (const [name, bound] of Object.entries(bounds))
  t.test(`both sides agree in the end: ${name}`, async t => {
    const explored = explore(protocol, bound)
    tell(t, explored)
    t.equal(explored.fault, undefined)
    t.ok(explored.worlds > 1_000, 'there were worlds to go through')
  })

/** The protocol without one of its mechanisms. */
const controls: Record<string, Partial<Protocol>> = {
  'without the fencing token': {
    finish: (stored, worked) => protocol.finish({ ...stored, leaseToken: worked.leaseToken }, worked),
  },
  'without the generation': {
    finish: (stored, worked) =>
      protocol.finish({ ...stored, generation: worked.generation, wanted: worked.wanted }, worked),
  },
  "without telling Tracker's calls for our own removals from those of users": {
    isEcho: () => false,
  },
  'without a look after a worker that did not finish': {
    claim: (link, token) => protocol.claim({ ...link, leaseToken: undefined }, token),
  },
  'without a look after an answer that was lost': {
    afterStep: (link, step, answer) => ({ ...protocol.afterStep(link, step, answer), inDoubt: false }),
  },
}

for (const [name, taken] of Object.entries(controls))
  t.test(`control: ${name} the promises are broken, and the shortest way is told`, async t => {
    const explored = explore(
      { ...protocol, ...taken },
      { left: { app: 2, user: 1, fault: 2, move: 0 }, depth: 16, repeats: 'doubles' },
    )
    tell(t, explored)
    t.type(explored.fault, 'string')
    t.ok(explored.trace.length > 0)
  })
