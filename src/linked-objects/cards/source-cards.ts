import type { RemoteKey } from '../../tracker-contract/remote-key.ts'
import { SourceFailure } from '../object-source.ts'
import type { ApplicationCards } from './application-cards.ts'
import type { Card } from './card.ts'
import { getCard, lastGoodCard } from './card-cache.ts'
import { isSure } from './epochs.ts'
import { lookUpUnsure } from './look-up-stored.ts'
import { sourceProblem } from './source-problem.ts'
import { fetchFromSource, refreshFromSource } from './source-questions.ts'
import { askBefore, type SourceState, usableCard } from './source-state.ts'
import { isSurelyUnknown, isUnknown } from './unknown-objects.ts'
import { unknownSourceKeys } from './unknown-source-keys.ts'

/**
 * The cards of an application that has a source. A card comes from memory while it is young; else from the database, if
 * another server put a younger one there; else from the source, within the budget; else it is the last good one, marked.
 */
export const sourceCards = (state: SourceState): ApplicationCards => ({
  find: readings => findInMemory(state, readings),
  unknown: keys => unknownSourceKeys(state, keys),
  fetch: async key =>
    isUnknown(state.cache, state.applicationId, key) ? undefined : fetchFromSource(state.questions, key),
  refresh: key => refreshFromSource(state.questions, key),
})

/** Without a promise, if memory knows. */
function findInMemory(state: SourceState, readings: readonly RemoteKey[]) {
  const { applicationId, cache } = state
  for (const key of readings) {
    const card = getCard(cache, applicationId, key)
    const answer = card && isSure(card) ? usableCard(state, key, card) : undefined
    if (answer) return answer
    if (!isSurelyUnknown(cache, applicationId, key)) return search(state, readings)
  }
  return undefined
}

async function search(state: SourceState, readings: readonly RemoteKey[]): Promise<Card | undefined> {
  const { applicationId, cache } = state
  const deadline = state.now() + state.budget
  await lookUpUnsure(state, readings)
  for (const [index, key] of readings.entries()) {
    const known = usableCard(state, key, getCard(cache, applicationId, key))
    if (known) return known
    if (isUnknown(cache, applicationId, key)) continue
    const card = await askBefore(state, key, deadline)
    if (card instanceof SourceFailure) return lastGood(state, readings.slice(index), card)
    if (card) return card
  }
  return undefined
}

/** The card of the first of these readings that has ever had one. */
function lastGood(state: SourceState, readings: readonly RemoteKey[], failure: SourceFailure): Card {
  const { applicationId, cache } = state
  for (const key of readings) {
    const card = getCard(cache, applicationId, key)
    if (card) return usableCard(state, key, card) ?? lastGoodCard(cache, card)
  }
  const consequence = 'and there has never been a card of this object'
  throw sourceProblem(applicationId, failure, { consequence, retryAfter: 2 })
}
