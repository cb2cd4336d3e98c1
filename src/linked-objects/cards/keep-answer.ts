import type { FetchedCards } from '../../storage/objects/fetched-cards.ts'
import type { ObjectInfo } from '../../tracker-contract/object-info.ts'
import type { RemoteKey } from '../../tracker-contract/remote-key.ts'
import { type Card, createCard } from './card.ts'
import { type CardCache, doubtCard, getCard, type Knowledge, putCard } from './card-cache.ts'
import { isCurrent, type Lookup } from './lookups.ts'
import { putUnknown } from './unknown-objects.ts'

/** Where the answers of a source are kept, and for how many milliseconds they count. */
export type AnswerKeeping = {
  applicationId: string
  maxAge: number
  unknownFor: number
  cache: CardCache
  fetched: FetchedCards
  now: () => number
}

/** What is answered to the calls that wait; an outdated answer is for them only, and is not stored. */
type RememberedAnswer = { card: Card | undefined; isOutdated: boolean }

/**
 * Puts the answer to a question into memory, unless a later change was notified meanwhile. Then the row in the database is the
 * answer, whoever stored it; if there is no row, the object is gone, and an older answer is not kept.
 */
export async function rememberAnswer(
  keeping: AnswerKeeping,
  lookup: Lookup,
  key: RemoteKey,
  info: ObjectInfo | undefined,
): Promise<RememberedAnswer> {
  const { applicationId, cache, now } = keeping
  const outdated = isCurrent(lookup) ? undefined : await outdatedAnswer(keeping, lookup, key, info)
  if (outdated) return outdated
  if (info === undefined) {
    putUnknown(cache, lookup, applicationId, key, now() + keeping.unknownFor)
    return { card: undefined, isOutdated: false }
  }
  const knowledge = { trueAt: lookup.began, freshUntil: lookup.began + keeping.maxAge, isStored: false }
  return { card: putCard(cache, lookup, applicationId, info, knowledge), isOutdated: false }
}

/** What is answered if the database has, or has removed, something later; undefined if it has not, or gives no answer. */
async function outdatedAnswer(
  { applicationId, maxAge, cache, fetched, now }: AnswerKeeping,
  lookup: Lookup,
  key: RemoteKey,
  info: ObjectInfo | undefined,
): Promise<RememberedAnswer | undefined> {
  const looked = now()
  const rows = await fetched.read(applicationId, [key]).catch(noRows)
  const row = rows?.get(key)
  const trueAt = looked - (row?.age ?? 0)
  if (row && trueAt > lookup.began) {
    const knowledge: Knowledge = { trueAt, freshUntil: trueAt + maxAge, isStored: true }
    return { card: putCard(cache, lookup, applicationId, row.info, knowledge), isOutdated: true }
  }
  return rows && !row && info && lookup.isOvertaken ? { card: createCard(info), isOutdated: true } : undefined
}

const noRows = () => undefined

/** Stores the answer to a question, for every server. */
export async function storeAnswer(
  { applicationId, cache, fetched, now }: AnswerKeeping,
  lookup: Lookup,
  key: RemoteKey,
  info: ObjectInfo | undefined,
): Promise<void> {
  const isLatest = await fetched.write(applicationId, { key, info, age: () => now() - lookup.began })
  const card = getCard(cache, applicationId, key)
  if (card?.trueAt === lookup.began) card.isStored = true
  if (!isLatest) doubtCard(cache, applicationId, key)
}
