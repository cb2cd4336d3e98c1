import { databaseProblem } from './database-problem.ts'

type Entry<Item, Result> = { item: Item; resolve: (result: Result) => void; reject: (error: unknown) => void }

/**
 * Does together what is asked for at one moment: while one batch is under way the next one gathers, so that many callers
 * share the cost of a statement and of its commit, and an idle server adds no delay. Batches run one after another in the
 * order in which their items came; a promise settles only once its batch is committed.
 *
 * `run` gets items that are `alike`, at least one and together not heavier than `heaviest`, and returns a result for each,
 * in their order; it does all of them or throws. A batch that fails because of one item is done again item by item, so
 * that the others do not fail with it; one that fails because the database is away fails all who wait, too.
 */
export function shareWork<Item, Result>(options: {
  run: (batch: readonly Item[]) => Promise<readonly Result[]>
  alike: (one: Item, other: Item) => boolean
  weight: (item: Item) => number
  heaviest: number
}): (item: Item) => Promise<Result> {
  const { run, alike, weight, heaviest } = options
  const waiting: Entry<Item, Result>[] = []
  let running = false

  const drain = async () => {
    running = true
    while (waiting.length > 0) {
      // What arrived in the same turn of the event loop, as answers sent together bring the next calls, comes along.
      await new Promise(setImmediate)
      await settle(nextBatch())
    }
    running = false
  }
  const nextBatch = () => {
    const { item: first } = waiting[0] as Entry<Item, Result>
    let total = 0
    const end = waiting.findIndex(({ item }, index) => {
      total += weight(item)
      return index > 0 && (total > heaviest || !alike(first, item))
    })
    return waiting.splice(0, end < 0 ? waiting.length : end)
  }
  const settle = async (batch: readonly Entry<Item, Result>[]) => {
    try {
      const results = await run(batch.map(({ item }) => item))
      for (const [index, { resolve }] of batch.entries()) resolve(results[index] as Result)
    } catch (error) {
      // A database that is away fails each item the same way, only later; nobody shall wait for that twice.
      const away = databaseProblem(error)?.code === 'database-away'
      if (away) for (const { reject } of waiting.splice(0)) reject(error)
      for (const entry of batch) {
        if (away || batch.length === 1) entry.reject(error)
        else await settle([entry])
      }
    }
  }

  return item =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject })
      if (!running) void drain()
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
