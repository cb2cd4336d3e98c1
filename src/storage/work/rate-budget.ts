import { createHash } from 'node:crypto'
import { pause, type RateBudget } from '../../tracker-client/rate-budget.ts'
import type { Queries } from '../database/queries.ts'
import { type BudgetName, isPaused, setPause, takeSlots } from './rate-slots.ts'

/** Whose budget: all processes that call this organization's Tracker at this address share it. */
type Organization = {
  kind: string
  id: string
  url: string
  rate: { search: number; other: number }
}

/** What a process knows of a shared budget. Moments are milliseconds of a clock that never jumps. */
type SharedBudget = {
  database: Queries
  name: BudgetName
  perSecond: number
  interval: number
  /** Who waits, the one whose turn it is among them. */
  waiting: number
  /** Moments that were given to this process and are not used yet. */
  slots: number[]
  /** Further ones are being taken. */
  ahead: Promise<void> | undefined
  /** No request of this process before that: the answers of the database are not equally fast. */
  free: number
  /** When this process last knew that there is no pause. */
  sawNoPause: number
  /** Until when this process waits because Tracker asked it to, whatever the database's clock does. */
  heldUntil: number
  /** The pause of the database that is waited for, and until when. */
  awaited: { pause: string; until: number } | undefined
}

// A second is made longer by so much, because requests arrive closer together than they were sent. By less than in a budget of one
// process: with replicas the promise is the rate and one request more, and a twentieth of the time lost at most.
const jitterMs = 20
// Timers are late, and so much may be caught up on. After a longer pause of the processor all that passed would arrive at once.
const catchUpMs = 5
/** Milliseconds for which a look at the database counts: the others heard of a pause by then. */
const looksCountFor = 100
/** Milliseconds after which a pause is looked at again: somebody may know that it is over. */
const longestSleep = 10_000
/** Slots that are taken at once span this many milliseconds at least: the column has whole milliseconds, and is rounded up each time. */
const shortestSpan = 100
/** When those in hand span no more than this, others are taken: until they are here, none would be left. */
const spanLeft = 50

/**
 * The rates of an organization, shared by all processes on this database: two rows of `rate_budget`. Slots of a second at most are
 * taken at once, for those who wait; a process that is killed wastes those. `take` throws what the database throws. One object
 * for each process and organization, so that those who ask first go first.
 */
export function rateBudgetsOf(database: Queries, organization: Organization): Record<'search' | 'other', RateBudget> {
  const { kind, id, url, rate } = organization
  const name = `${kind} ${id} ${createHash('sha256').update(url).digest('hex').slice(0, 16)}`
  const of = (group: 'search' | 'other') => sharedBudget(database, { organization: name, class: group }, rate[group])
  return { search: of('search'), other: of('other') }
}

function sharedBudget(database: Queries, name: BudgetName, perSecond: number): RateBudget {
  const interval = (1_000 + jitterMs) / perSecond
  const begun = { waiting: 0, slots: [], ahead: undefined, free: 0, sawNoPause: 0, heldUntil: 0, awaited: undefined }
  const budget: SharedBudget = { database, name, perSecond, interval, ...begun }
  let last: Promise<void> = Promise.resolve()
  return {
    take(signal) {
      budget.waiting++
      const turn = last.then(() => waitForSlot(budget, signal)).finally(() => budget.waiting--)
      // A request that gave up must not stop those behind it.
      last = turn.catch(() => undefined)
      return turn
    },
    holdBack(milliseconds) {
      budget.heldUntil = Math.max(budget.heldUntil, performance.now() + milliseconds)
      budget.slots = []
      // If the database is away, this process waits all the same, and the others get an answer 429 of their own.
      setPause(database, name, milliseconds).catch(() => {})
    },
  }
}

async function waitForSlot(budget: SharedBudget, signal: AbortSignal | undefined): Promise<void> {
  for (;;) {
    signal?.throwIfAborted()
    await pauseUntil(budget.heldUntil, signal)
    const slot = budget.slots[0]
    if (slot === undefined) {
      await takeMore(budget, signal)
      continue
    }
    await pauseUntil(Math.max(slot, budget.free), signal)
    if (await isOvertaken(budget)) continue
    use(budget)
    askAhead(budget)
    return
  }
}

/** Whether the slots are worth nothing any more, because Tracker asked a process for a pause since they were given. */
async function isOvertaken(budget: SharedBudget): Promise<boolean> {
  if (performance.now() - budget.sawNoPause > looksCountFor) {
    const asked = performance.now()
    if (await isPaused(budget.database, budget.name, budget.awaited?.pause)) budget.slots = []
    else budget.sawNoPause = asked
  }
  return budget.slots.length === 0 || performance.now() < budget.heldUntil
}

/** Uses the first slot. Those that passed unused are not made up for, but for the last of them. */
function use(budget: SharedBudget): void {
  const now = performance.now()
  while (budget.slots.length > 1 && (budget.slots[1] as number) < now - catchUpMs) budget.slots.shift()
  budget.slots.shift()
  budget.free = Math.max(budget.free, now - catchUpMs) + 1_000 / budget.perSecond
}

/**
 * While the last slots in hand are used, takes others: the time of a question to the database would be lost after each. A slot that is
 * far from the next is not taken for somebody who may never come.
 */
function askAhead(budget: SharedBudget): void {
  const { slots, interval, ahead } = budget
  if (ahead === undefined && slots.length > 0 && slots.length * interval <= spanLeft) budget.ahead = takeAhead(budget)
}

async function takeAhead(budget: SharedBudget): Promise<void> {
  try {
    await takeNow(budget)
  } catch {
    // Whoever has none in hand asks for himself, and is told what is wrong.
  } finally {
    budget.ahead = undefined
  }
}

/** Asks the database for slots; those that it gives are in hand then. */
async function takeNow(budget: SharedBudget) {
  const { database, name, interval, awaited } = budget
  const most = Math.max(1, Math.floor(1_000 / interval))
  const count = Math.min(most, Math.max(budget.waiting, Math.ceil(shortestSpan / interval)))
  const asked = performance.now()
  const waitedFor = awaited !== undefined && asked >= awaited.until ? awaited.pause : undefined
  const taken = await takeSlots(database, name, { count, interval, waitedFor })
  if (taken.given) {
    budget.sawNoPause = asked
    const first = performance.now() + taken.firstIn
    for (let index = 0; index < count; index++) budget.slots.push(first + index * interval)
  }
  return taken
}

async function takeMore(budget: SharedBudget, signal: AbortSignal | undefined): Promise<void> {
  if (budget.ahead !== undefined) return await budget.ahead
  const taken = await takeNow(budget)
  if (taken.given) return
  const { awaited } = budget
  const now = performance.now()
  if (taken.pause !== undefined && taken.pause !== awaited?.pause)
    budget.awaited = { pause: taken.pause, until: now + taken.again }
  const again = taken.pause === undefined ? now + taken.again : (budget.awaited?.until ?? now)
  await pauseUntil(Math.min(again, now + longestSleep), signal)
}

async function pauseUntil(moment: number, signal: AbortSignal | undefined): Promise<void> {
  for (let left = moment - performance.now(); left > 0; left = moment - performance.now()) await pause(left, signal)
}
