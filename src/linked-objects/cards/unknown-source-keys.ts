import { note } from '../../logging/tally.ts'
import type { RemoteKey } from '../../tracker-contract/remote-key.ts'
import { SourceFailure } from '../object-source.ts'
import { getCard } from './card-cache.ts'
import { lookUpUnsure } from './look-up-stored.ts'
import { askBefore, type SourceState } from './source-state.ts'
import { isUnknown } from './unknown-objects.ts'

/** Questions at once for the objects of a create link call, so that cards can be asked for at the same time. */
const mostForLinks = 100

/**
 * Those of these keys that the source has no object for. A key that it gives no answer for within the budget is not among
 * them: no link is refused because a source is away.
 */
export async function unknownSourceKeys(state: SourceState, keys: readonly RemoteKey[]): Promise<RemoteKey[]> {
  const deadline = state.now() + state.budget
  await lookUpUnsure(state, keys)
  const found = new Map<RemoteKey, 'known' | 'unknown' | SourceFailure>()
  const waiting = keys.values()
  const settleEach = async () => {
    for (const key of waiting) found.set(key, await settle(state, key, deadline))
  }
  await Promise.all(Array.from({ length: mostForLinks }, settleEach))
  tellAccepted(state, found.values())
  return keys.filter(key => found.get(key) === 'unknown')
}

function tellAccepted({ applicationId, questions: { tally } }: SourceState, found: Iterable<unknown>): void {
  const unanswered: Record<string, number> = {}
  for (const one of found) if (one instanceof SourceFailure) unanswered[one.reason] = (unanswered[one.reason] ?? 0) + 1
  const message = 'Links are accepted without asking: the source gave no answer'
  for (const [reason, times] of Object.entries(unanswered))
    note(tally, { application: applicationId, reason }, message, { times })
}

/** The others took all of it. */
const noTime = new SourceFailure('slow', 'it was not asked: no time was left')

async function settle(state: SourceState, key: RemoteKey, deadline: number) {
  const { applicationId, cache, now } = state
  if (getCard(cache, applicationId, key) !== undefined) return 'known'
  if (isUnknown(cache, applicationId, key)) return 'unknown'
  if (now() >= deadline) return noTime
  const card = await askBefore(state, key, deadline)
  if (card instanceof SourceFailure) return card
  return card === undefined ? 'unknown' : 'known'
}
