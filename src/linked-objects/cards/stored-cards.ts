import type { Application } from '../../config/schema.ts'
import { isDatabaseOut } from '../../storage/database/connection/database-problem.ts'
import type { Queries } from '../../storage/database/queries.ts'
import { type FindObject, missingKeys } from '../../storage/objects/find-objects.ts'
import type { ObjectInfo } from '../../tracker-contract/object-info.ts'
import type { RemoteKey } from '../../tracker-contract/remote-key.ts'
import type { ApplicationCards } from './application-cards.ts'
import type { Card } from './card.ts'
import {
  beginLookup,
  type CardCache,
  dropCard,
  endLookup,
  getCard,
  lastGoodCard,
  putCard,
  type RememberedCard,
} from './card-cache.ts'
import { budgetLeft, type DatabaseBudget, watchDatabase } from './database-budget.ts'
import { isCurrent } from './lookups.ts'
import { late, within } from './within.ts'

type StoredCards = {
  application: Application
  findObject: FindObject
  database: Queries
  cache: CardCache
  databaseBudget: DatabaseBudget
  /** Applies the application's rules to a card. */
  applyRules: (info: ObjectInfo) => ObjectInfo
}

/**
 * The cards of an application whose objects are pushed: what the database has; if it does not answer in time, what memory has,
 * marked.
 */
export function storedCards(cards: StoredCards): ApplicationCards {
  return {
    find: readings => findStored(cards, readings),
    unknown: keys => missingKeys(cards.database, cards.application.id, keys),
    fetch: key => readStored(cards, [key]),
    refresh: key => readStored(cards, [key]),
  }
}

function findStored(cards: StoredCards, readings: readonly RemoteKey[]): Promise<Card | undefined> {
  for (const key of readings) {
    const lastGood = getCard(cards.cache, cards.application.id, key)
    if (lastGood !== undefined) return readOrFallBack(cards, lastGood, readings)
  }
  return readStored(cards, readings)
}

async function readOrFallBack(
  cards: StoredCards,
  lastGood: RememberedCard,
  readings: readonly RemoteKey[],
): Promise<Card | undefined> {
  const { application, cache, databaseBudget } = cards
  try {
    const time = budgetLeft(databaseBudget, application.cards.budgetMilliseconds)
    const card = await within(readStored(cards, readings), time)
    return card === late ? lastGoodCard(cache, lastGood) : card
  } catch (error) {
    if (!isDatabaseOut(error)) throw error
    return lastGoodCard(cache, lastGood)
  }
}

async function readStored(cards: StoredCards, readings: readonly RemoteKey[]): Promise<RememberedCard | undefined> {
  const { application, findObject, cache, databaseBudget } = cards
  const { id } = application
  const lookup = beginLookup(cache, id, readings)
  try {
    const info = await watchDatabase(databaseBudget, findObject(id, readings))
    const missing = info === undefined ? readings : readings.slice(0, readings.indexOf(info.key))
    if (isCurrent(lookup)) for (const key of missing) dropCard(cache, id, key)
    if (info === undefined) return undefined
    const knowledge = { trueAt: lookup.began, freshUntil: Infinity, isStored: true }
    return putCard(cache, lookup, id, cards.applyRules(info), knowledge)
  } finally {
    endLookup(cache, lookup)
  }
}
