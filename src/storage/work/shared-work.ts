import { setImmediate as nextTurn } from 'node:timers/promises'
import { isDatabaseOut } from '../database/connection/database-problem.ts'

/** One item at least. */
export type Batch<Item> = readonly [Item, ...Item[]]

/** How work of one kind is shared. */
type Sharing<Item, Result> = {
  /**
   * Does a batch: items that are `alike`, together not heavier than `heaviest`. Returns a result for each, in their order; does
   * all of them or throws.
   */
  run: (batch: Batch<Item>) => Promise<readonly Result[]>
  alike: (one: Item, other: Item) => boolean
  weight: (item: Item) => number
  heaviest: number
  /** The waiting weight at which a second batch begins beside the first; Infinity for never. */
  heavy: number
  /** Names of what an item changes; none for a question. */
  touches: (item: Item) => readonly string[]
}

type Entry<Item, Result> = { item: Item; resolve: (result: Result) => void; reject: (error: unknown) => void }

/** Work of one kind: what waits for a batch, and what the batches in flight touch. */
type SharedWork<Item, Result> = Sharing<Item, Result> & {
  waiting: Entry<Item, Result>[]
  weightWaiting: number
  touched: Set<string>
  /** Batches in flight, two at most. */
  running: number
  /** Whether a batch is taken at the next turn of the event loop. */
  gathering: boolean
  /** Settles when the results of all batches so far are given; whether that takes more turns of the event loop. */
  given: Promise<void>
  isGiving: boolean
}

/**
 * Does together what is asked for at one moment: while batches are in flight the next one gathers, so that many callers
 * share the cost of a statement and of its commit, and an idle server adds no delay. A second batch begins beside the first
 * only if `heavy` or more is waiting, and never one that touches the same: what touches one thing is done in the order of
 * arrival. A promise settles only when its batch is committed.
 *
 * A batch that fails because of one item is done again item by item, so that the others do not fail with it. A batch that
 * fails because the database is away fails all that wait as well.
 */
export function shareWork<Item, Result>(sharing: Sharing<Item, Result>): (item: Item) => Promise<Result> {
  const work: SharedWork<Item, Result> = {
    ...sharing,
    waiting: [],
    weightWaiting: 0,
    touched: new Set(),
    running: 0,
    gathering: false,
    given: Promise.resolve(),
    isGiving: false,
  }
  return item =>
    new Promise((resolve, reject) => {
      work.waiting.push({ item, resolve, reject })
      work.weightWaiting += work.weight(item)
      gather(work)
    })
}

/** What arrives in one turn of the event loop goes together: answers that are sent together bring the next calls together. */
function gather<Item, Result>(work: SharedWork<Item, Result>): void {
  // Called by each item, most of which find a batch gathering.
  if (work.gathering || work.waiting.length === 0 || work.running === 2) return
  // What is being given brings more, which goes together.
  if (work.running === 1 && (work.isGiving || work.weightWaiting < work.heavy)) return
  work.gathering = true
  setImmediate(() => {
    work.gathering = false
    const batch = nextBatch(work)
    // If it touches what a batch in flight touches, it is taken when that one has ended.
    if (batch.length === 0) return
    void carry(work, batch)
    gather(work)
  })
}

function nextBatch<Item, Result>(work: SharedWork<Item, Result>): Entry<Item, Result>[] {
  const { waiting, weight, heaviest, alike, touches, touched } = work
  const first = waiting[0]?.item as Item
  let total = 0
  const end = waiting.findIndex(({ item }, index) => {
    total += weight(item)
    const isApart = index > 0 && (total > heaviest || !alike(first, item))
    return isApart || touches(item).some(name => touched.has(name))
  })
  return take(work, end < 0 ? waiting.length : end)
}

function take<Item, Result>(work: SharedWork<Item, Result>, count: number): Entry<Item, Result>[] {
  const taken = work.waiting.splice(0, count)
  for (const { item } of taken) work.weightWaiting -= work.weight(item)
  return taken
}

async function carry<Item, Result>(work: SharedWork<Item, Result>, batch: Entry<Item, Result>[]): Promise<void> {
  const names = batch.flatMap(({ item }) => work.touches(item))
  for (const name of names) work.touched.add(name)
  work.running++
  await settle(work, batch)
  work.running--
  for (const name of names) work.touched.delete(name)
  gather(work)
}

async function settle<Item, Result>(work: SharedWork<Item, Result>, batch: Entry<Item, Result>[]): Promise<void> {
  try {
    const results = await work.run(batch.map(({ item }) => item) as unknown as Batch<Item>)
    await work.given
    work.given = give(work, batch, results)
  } catch (error) {
    // If the database is away, each item would fail in the same way, only later: nobody waits for that twice.
    const away = isDatabaseOut(error)
    if (away) for (const { reject } of take(work, work.waiting.length)) reject(error)
    for (const entry of batch) {
      if (away || batch.length === 1) entry.reject(error)
      else await settle(work, [entry])
    }
  }
}

/**
 * Results that are given in a turn of the event loop. What follows each, such as an answer over the network, would else make one long turn of
 * a hundred and more, for which every other call waits.
 */
const inTurn = 48

async function give<Item, Result>(
  work: SharedWork<Item, Result>,
  batch: Entry<Item, Result>[],
  results: readonly Result[],
): Promise<void> {
  for (const [index, { resolve }] of batch.entries()) {
    if (index > 0 && index % inTurn === 0) {
      work.isGiving = true
      await nextTurn()
    }
    resolve(results[index] as Result)
  }
  if (!work.isGiving) return
  work.isGiving = false
  gather(work)
}

/** What `make` makes for an application, made once: no statement concerns two applications. */
export function perApplication<T>(make: (applicationId: string) => T): (applicationId: string) => T {
  const made = new Map<string, T>()
  return applicationId => {
    const known = made.get(applicationId)
    if (known !== undefined) return known
    const fresh = make(applicationId)
    made.set(applicationId, fresh)
    return fresh
  }
}
