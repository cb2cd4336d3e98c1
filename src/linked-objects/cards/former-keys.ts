import { isDatabaseOut } from '../../storage/database/connection/database-problem.ts'
import type { FindAliases } from '../../storage/objects/object-aliases.ts'
import type { RemoteKey } from '../../tracker-contract/remote-key.ts'
import type { ApplicationCards } from './application-cards.ts'
import { type Card, cardUnderKey } from './card.ts'
import { beginLookup, type CardCache, endLookup } from './card-cache.ts'
import { budgetLeft, type DatabaseBudget, watchDatabase } from './database-budget.ts'
import { knownAlias, rememberAlias } from './remembered-aliases.ts'
import { late, within } from './within.ts'

type FormerKeys = {
  applicationId: string
  findAliases: FindAliases
  cache: CardCache
  databaseBudget: DatabaseBudget
  /** Milliseconds that the database may take. */
  budget: number
}

/**
 * The same cards, and those of renamed objects by their former keys: Tracker asks with them until its remote links are replaced. A
 * former key is looked for only if there is no object with it.
 */
export function answerFormerKeys(cards: ApplicationCards, former: FormerKeys): ApplicationCards {
  const findRenamed = (readings: readonly RemoteKey[]) =>
    readings.every(key => knownAlias(former.cache, former.applicationId, key) === null)
      ? undefined
      : searchRenamed(cards, former, readings)
  return {
    ...cards,
    find: readings => {
      const found = cards.find(readings)
      return found instanceof Promise
        ? found.then(card => card ?? findRenamed(readings))
        : (found ?? findRenamed(readings))
    },
    unknown: async keys => {
      const unknown = await cards.unknown(keys)
      if (unknown.length === 0) return unknown
      const presentOf = await presentKeys(former, unknown)
      const lost = new Set(presentOf.size === 0 ? [] : await cards.unknown([...new Set(presentOf.values())]))
      return unknown.filter(key => {
        const present = presentOf.get(key)
        return present === undefined || lost.has(present)
      })
    },
  }
}

/** The card has the key that was asked for: Tracker knows the object by that. */
async function searchRenamed(
  cards: ApplicationCards,
  former: FormerKeys,
  readings: readonly RemoteKey[],
): Promise<Card | undefined> {
  const presentOf = await presentKeys(former, readings)
  for (const key of readings) {
    const present = presentOf.get(key)
    const card = present && (await cards.find([present]))
    if (card) return cardUnderKey(card, key)
  }
  return undefined
}

/** The present keys of those of these keys that are former keys. None if the database is unreachable: the keys are unknown then. */
async function presentKeys(former: FormerKeys, keys: readonly RemoteKey[]): Promise<Map<RemoteKey, RemoteKey>> {
  const { applicationId, cache, databaseBudget, budget } = former
  const presentOf = new Map<RemoteKey, RemoteKey>()
  const unsure: RemoteKey[] = []
  for (const key of keys) {
    const known = knownAlias(cache, applicationId, key)
    if (known === undefined) unsure.push(key)
    else if (known !== null) presentOf.set(key, known)
  }
  if (unsure.length === 0) return presentOf
  const found = await within(lookUp(former, unsure), budgetLeft(databaseBudget, budget))
  if (found !== late) for (const [key, present] of found) presentOf.set(key, present)
  return presentOf
}

async function lookUp(former: FormerKeys, keys: readonly RemoteKey[]): Promise<Map<RemoteKey, RemoteKey>> {
  const { applicationId, findAliases, cache, databaseBudget } = former
  const lookup = beginLookup(cache, applicationId, keys)
  try {
    const found = await watchDatabase(databaseBudget, findAliases(applicationId, keys))
    const own = new Map<RemoteKey, RemoteKey>()
    for (const key of keys) {
      const present = found.get(key)
      rememberAlias(cache, lookup, applicationId, key, present)
      if (present !== undefined) own.set(key, present)
    }
    return own
  } catch (error) {
    if (!isDatabaseOut(error)) throw error
    return new Map()
  } finally {
    endLookup(cache, lookup)
  }
}
