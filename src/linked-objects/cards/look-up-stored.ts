import { isDatabaseOut } from '../../storage/database/connection/database-problem.ts'
import type { RemoteKey } from '../../tracker-contract/remote-key.ts'
import { beginLookup, dropCard, endLookup, getCard, putCard } from './card-cache.ts'
import { budgetLeft, watchDatabase } from './database-budget.ts'
import { isSure } from './epochs.ts'
import { isCurrent, type Lookup } from './lookups.ts'
import type { SourceState } from './source-state.ts'
import { confirmUnknown, isSurelyUnknown } from './unknown-objects.ts'
import { within } from './within.ts'

/** Looks up in the database what memory is not sure of, for half of the budget: the other half is the source's. */
export async function lookUpUnsure(state: SourceState, keys: readonly RemoteKey[]): Promise<void> {
  const unsure = keys.filter(key => isUnsure(state, key))
  if (unsure.length > 0) await within(lookUp(state, unsure), budgetLeft(state.databaseBudget, state.budget / 2))
}

function isUnsure({ applicationId, cache }: SourceState, key: RemoteKey): boolean {
  const card = getCard(cache, applicationId, key)
  return card === undefined ? !isSurelyUnknown(cache, applicationId, key) : !isSure(card)
}

/** Brings into memory what the database has; nothing if it is unreachable. */
async function lookUp(state: SourceState, keys: readonly RemoteKey[]): Promise<void> {
  const { applicationId, maxAge, fetched, cache, databaseBudget } = state
  const lookup = beginLookup(cache, applicationId, keys)
  try {
    const rows = await watchDatabase(databaseBudget, fetched.read(applicationId, keys))
    for (const key of keys) {
      const row = rows.get(key)
      const trueAt = lookup.began - (row?.age ?? 0)
      if (row) putCard(cache, lookup, applicationId, row.info, { trueAt, freshUntil: trueAt + maxAge, isStored: true })
      else noteMissing(state, lookup, key)
    }
  } catch (error) {
    if (!isDatabaseOut(error)) throw error
  } finally {
    endLookup(cache, lookup)
  }
}

function noteMissing({ applicationId, cache }: SourceState, lookup: Lookup, key: RemoteKey): void {
  if (isCurrent(lookup) && getCard(cache, applicationId, key)?.isStored) dropCard(cache, applicationId, key)
  confirmUnknown(cache, lookup, applicationId, key)
}
