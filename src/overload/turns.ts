import type { IncomingMessage, ServerResponse } from 'node:http'

/** Answers one call, or at least begins to. */
export type Handle = (request: IncomingMessage, response: ServerResponse) => void

/** What calls wait for their turn beside: one application's cards, its changes, or addresses that nobody serves. */
type Flow = { name: string; waiting: Waiting[] }
type Waiting = { request: IncomingMessage; response: ServerResponse }

/**
 * Whose turn it is. Node hands over all requests that have arrived before it looks for others, so that 3,000 callers of one
 * application are one long turn of the event loop, and the call of another waits for all of them; so do new connections.
 * Therefore a long turn is cut: what is more than `mostAtOnce` waits in a queue for each flow, the flows are answered in turns,
 * and between two slices of that Node looks for what has arrived.
 */
export type Turns = {
  handle: Handle
  /** The flow that a call belongs to; undefined for one that waits for nobody, such as the health. */
  flowOf: (request: IncomingMessage) => string | undefined
  /** Refuses a call that would wait too long. */
  refuse: Handle
  now: () => number
  /** Calls since the event loop was last seen to turn. */
  count: number
  flows: Map<string, Flow>
  /** Those of `flows` that have calls waiting, the next one first. */
  order: Flow[]
  waiting: number
  /** Calls of the last slice, and the milliseconds from its start to that of the next. */
  lastSlice: { calls: number; began: number; perCall: number }
}

/** Calls after which the end of the turn is watched for: a lone call pays for a number only. */
const watchedFrom = 64
/** Calls that are answered in one turn as they come: some 4 ms of cards. */
const mostAtOnce = 192
/** A slice of calls that waited: this many, and no longer than so many milliseconds. */
const slice = { calls: 128, milliseconds: 2 }
/** Milliseconds that a call may be expected to wait for its turn. Beyond it is refused at once. */
const patience = 500

/** Turns that answer with `handle`. `now` is in milliseconds, of a clock that never jumps. */
export const createTurns = (
  handle: Handle,
  more: Pick<Turns, 'flowOf' | 'refuse'> & Partial<Pick<Turns, 'now'>>,
): Turns => ({
  now: () => performance.now(),
  ...more,
  handle,
  count: 0,
  flows: new Map(),
  order: [],
  waiting: 0,
  lastSlice: { calls: 0, began: 0, perCall: 0 },
})

/** Answers a call now, or when it is its turn. */
export function takeTurn(turns: Turns, request: IncomingMessage, response: ServerResponse): void {
  if (turns.waiting === 0) {
    turns.count++
    if (turns.count === watchedFrom) setImmediate(endTurn, turns)
    if (turns.count < mostAtOnce) {
      turns.handle(request, response)
      return
    }
  }
  wait(turns, request, response)
}

function endTurn(turns: Turns): void {
  turns.count = 0
}

function wait(turns: Turns, request: IncomingMessage, response: ServerResponse): void {
  const name = turns.flowOf(request)
  if (name === undefined) {
    turns.handle(request, response)
    return
  }
  const flow = flowNamed(turns, name)
  if (expectedWait(turns, flow) > patience) {
    turns.refuse(request, response)
    return
  }
  if (flow.waiting.length === 0) turns.order.push(flow)
  flow.waiting.push({ request, response })
  turns.waiting++
  if (turns.waiting > 1) return
  turns.lastSlice = { calls: 0, began: turns.now(), perCall: 0 }
  setImmediate(serveSlice, turns)
}

/** Milliseconds until the last call of a flow has its turn, if all flows go on as they are. */
const expectedWait = ({ order, lastSlice }: Turns, { waiting }: Flow) =>
  waiting.length * Math.max(1, order.length) * lastSlice.perCall

function flowNamed({ flows }: Turns, name: string): Flow {
  const known = flows.get(name)
  if (known !== undefined) return known
  const flow: Flow = { name, waiting: [] }
  flows.set(name, flow)
  return flow
}

function serveSlice(turns: Turns): void {
  const began = turns.now()
  const { lastSlice } = turns
  if (lastSlice.calls > 0) lastSlice.perCall = (began - lastSlice.began) / lastSlice.calls
  let calls = 0
  while (turns.waiting > 0 && calls < slice.calls && turns.now() - began < slice.milliseconds) {
    const { request, response } = nextWaiting(turns)
    calls++
    // A caller that has gone needs no answer.
    if (!request.socket.destroyed) turns.handle(request, response)
  }
  turns.lastSlice = { ...lastSlice, calls, began }
  if (turns.waiting > 0) setImmediate(serveSlice, turns)
  else {
    turns.count = 0
    turns.flows.clear()
  }
}

/** The first call of the next flow, which goes behind the others. */
function nextWaiting(turns: Turns): Waiting {
  const flow = turns.order.shift() as Flow
  const next = flow.waiting.shift() as Waiting
  turns.waiting--
  if (flow.waiting.length > 0) turns.order.push(flow)
  return next
}
