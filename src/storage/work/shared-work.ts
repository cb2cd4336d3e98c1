import { databaseProblem } from '../database/connection/database-problem.ts'

/** One item at least. */
export type Batch<Item> = readonly [Item, ...Item[]]

type Entry<Item, Result> = { item: Item; resolve: (result: Result) => void; reject: (error: unknown) => void }

/**
 * Does together what is asked for at one moment: while batches are under way the next one gathers, so that many callers
 * share the cost of a statement and of its commit, and an idle server adds no delay. A second batch begins beside the first
 * only where `heavy` or more is waiting, and never one that touches the same: what touches one thing is done in the order
 * in which it came. A promise settles only once its batch is committed.
 *
 * `run` gets items that are `alike`, at least one and together not heavier than `heaviest`, and returns a result for each,
 * in their order; it does all of them or throws. A batch that fails because of one item is done again item by item, so
 * that the others do not fail with it; one that fails because the database is away fails all who wait, too.
 */
export function shareWork<Item, Result>(options: {
  run: (batch: Batch<Item>) => Promise<readonly Result[]>
  alike: (one: Item, other: Item) => boolean
  weight: (item: Item) => number
  heaviest: number
  /** The weight that is worth a second batch at once; Infinity for none. */
  heavy: number
  /** Names of what an item changes; nothing for a question. */
  touches: (item: Item) => readonly string[]
}): (item: Item) => Promise<Result> {
  const { run, alike, weight, heaviest, heavy, touches } = options
  const waiting: Entry<Item, Result>[] = []
  const touched = new Set<string>()
  let weightWaiting = 0
  let running = 0
  let gathering = false

  /** What arrives in one turn of the event loop, as answers sent together bring the next calls, goes together. */
  const gather = () => {
    if (gathering || waiting.length === 0 || running === 2 || (running === 1 && weightWaiting < heavy)) return
    gathering = true
    setImmediate(() => {
      gathering = false
      const batch = nextBatch()
      // What touches the same as a batch under way is looked at again when that one has ended.
      if (batch.length === 0) return
      void carry(batch)
      gather()
    })
  }
  const carry = async (batch: readonly Entry<Item, Result>[]) => {
    const names = batch.flatMap(({ item }) => touches(item))
    for (const name of names) touched.add(name)
    running++
    await settle(batch)
    running--
    for (const name of names) touched.delete(name)
    gather()
  }
  const nextBatch = () => {
    const first = waiting[0]?.item as Item
    let total = 0
    const end = waiting.findIndex(({ item }, index) => {
      total += weight(item)
      const isApart = index > 0 && (total > heaviest || !alike(first, item))
      return isApart || touches(item).some(name => touched.has(name))
    })
    return take(end < 0 ? waiting.length : end)
  }
  const take = (count: number) => {
    const taken = waiting.splice(0, count)
    for (const { item } of taken) weightWaiting -= weight(item)
    return taken
  }
  const settle = async (batch: readonly Entry<Item, Result>[]) => {
    try {
      const results = await run(batch.map(({ item }) => item) as unknown as Batch<Item>)
      for (const [index, { resolve }] of batch.entries()) resolve(results[index] as Result)
    } catch (error) {
      // A database that is away fails each item the same way, only later; nobody shall wait for that twice.
      const away = databaseProblem(error)?.code === 'database-away'
      if (away) for (const { reject } of take(waiting.length)) reject(error)
      for (const entry of batch) {
        if (away || batch.length === 1) entry.reject(error)
        else await settle([entry])
      }
    }
  }

  return item =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject })
      weightWaiting += weight(item)
      gather()
    })
}

/** What `make` makes for an application, made once: no statement is about two applications. */
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
