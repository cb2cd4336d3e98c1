import type { Application } from '../../config/schema.ts'
import { databaseProblem } from '../../storage/database/connection/database-problem.ts'
import type { Queries } from '../../storage/database/queries.ts'
import { type FindObject, missingKeys } from '../../storage/objects/find-objects.ts'
import type { ObjectInfo } from '../../tracker-contract/object-info.ts'
import type { RemoteKey } from '../../tracker-contract/remote-key.ts'
import type { Card } from './card.ts'
import type { CardCache, RememberedCard } from './card-cache.ts'
import type { ApplicationCards } from './object-info.ts'
import type { Patience } from './patience.ts'
import { late, within } from './within.ts'

type Options = {
  application: Application
  findObject: FindObject
  database: Queries
  cache: CardCache
  patience: Patience
  /** What the application's rules make of a card. */
  applyRules: (info: ObjectInfo) => ObjectInfo
}

/**
 * The cards of an application whose objects are pushed: what the database says, and what memory holds only where the database
 * does not answer in time.
 */
export function storedCards({
  application,
  findObject,
  database,
  cache,
  patience,
  applyRules,
}: Options): ApplicationCards {
  const { id, cards } = application

  const read = async (readings: readonly RemoteKey[]): Promise<RememberedCard | undefined> => {
    const reading = cache.begin(id, readings)
    try {
      const info = await patience.watch(findObject(id, readings))
      const missing = info === undefined ? readings : readings.slice(0, readings.indexOf(info.key))
      if (cache.isCurrent(reading)) for (const key of missing) cache.drop(id, key)
      if (info === undefined) return undefined
      const knowledge = { trueAt: reading.began, freshUntil: Infinity, isStored: true }
      return cache.put(reading, id, applyRules(info), knowledge)
    } finally {
      cache.end(reading)
    }
  }
  const readOr = async (spare: RememberedCard, readings: readonly RemoteKey[]): Promise<Card | undefined> => {
    try {
      const card = await within(read(readings), patience.left(cards.budgetMilliseconds))
      return card === late ? cache.marked(spare) : card
    } catch (error) {
      if (databaseProblem(error)?.code !== 'database-away') throw error
      return cache.marked(spare)
    }
  }
  return {
    find(readings) {
      const spare = readings.map(key => cache.get(id, key)).find(card => card !== undefined)
      return spare === undefined ? read(readings) : readOr(spare, readings)
    },
    unknown: keys => missingKeys(database, id, keys),
    refresh: key => read([key]),
  }
}
