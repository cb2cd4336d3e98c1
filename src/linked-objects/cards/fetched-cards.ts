import type { Application } from '../../config/schema.ts'
import { Problem } from '../../errors/problem.ts'
import type { Logger } from '../../logging/logger.ts'
import { databaseProblem } from '../../storage/database/connection/database-problem.ts'
import type { FetchedCards } from '../../storage/objects/fetched-cards.ts'
import type { RemoteKey } from '../../tracker-contract/remote-key.ts'
import type { Card } from './card.ts'
import type { CardCache, Reading, RememberedCard } from './card-cache.ts'
import type { ApplicationCards } from './object-info.ts'
import type { Patience } from './patience.ts'
import type { SourceQuestions } from './source-questions.ts'
import { late, within } from './within.ts'

type Options = {
  application: Application
  questions: SourceQuestions
  fetched: FetchedCards
  cache: CardCache
  patience: Patience
  log: Logger
  now: () => number
}

/** Questions in the background at once. */
const mostInBackground = 20

/** Questions at once for the objects of a create link call; cards are asked for beside them. */
const mostForLinks = 100

/** What a source that was asked says within the time that is left. */
const noAnswer = Symbol('no answer')

/**
 * The cards of an application that has a source: of memory while they are young, else of the database, where another server
 * may have put a younger one, else of the source within the budget, else the last good one, marked.
 */
export function cardsFromSource({
  application,
  questions,
  fetched,
  cache,
  patience,
  log,
  now,
}: Options): ApplicationCards {
  const { id, cards } = application
  const { budgetMilliseconds: budget } = cards
  const maxAge = cards.maxAgeSeconds * 1_000
  const usableAge = maxAge + cards.staleWhileRevalidateSeconds * 1_000
  let inBackground = 0

  const refreshInBackground = (key: RemoteKey, { restsUntil }: RememberedCard) => {
    if (inBackground >= mostInBackground || questions.isUnderWay(key) || now() < restsUntil) return
    inBackground++
    const over = () => {
      inBackground--
    }
    try {
      questions.ask(key).stored.then(over, over)
    } catch {
      over()
    }
  }
  /** The card, if it is young enough to be the answer; one that is not quite is refreshed for the next call. */
  const usable = (key: RemoteKey, card: RememberedCard | undefined): RememberedCard | undefined => {
    if (card === undefined) return undefined
    const age = now() - card.trueAt
    if (age >= usableAge) return undefined
    if (age >= maxAge) refreshInBackground(key, card)
    return card
  }

  /** Brings what the database has into memory, where memory is not sure. In vain where the database is away. */
  const lookUp = async (keys: readonly RemoteKey[]): Promise<void> => {
    const reading = cache.begin(id, keys)
    try {
      const rows = await patience.watch(fetched.read(id, keys))
      for (const key of keys) {
        const row = rows.get(key)
        const trueAt = reading.began - (row?.age ?? 0)
        if (row) cache.put(reading, id, row.info, { trueAt, freshUntil: trueAt + maxAge, isStored: true })
        else forget(reading, key)
      }
    } catch (error) {
      if (databaseProblem(error)?.code !== 'database-away') throw error
    } finally {
      cache.end(reading)
    }
  }
  const forget = (reading: Reading, key: RemoteKey) => {
    if (cache.isCurrent(reading) && cache.get(id, key)?.isStored) cache.drop(id, key)
    cache.confirmUnknown(reading, id, key)
  }
  const isUnsure = (key: RemoteKey) => {
    const card = cache.get(id, key)
    return card === undefined ? !cache.isUnknown(id, key, { surely: true }) : !cache.isSure(card)
  }
  const lookUpUnsure = async (keys: readonly RemoteKey[]): Promise<void> => {
    const unsure = keys.filter(isUnsure)
    // The other half of the time is the source's.
    if (unsure.length > 0) await within(lookUp(unsure), patience.left(budget / 2))
  }

  /** The card, undefined for no such object, or that there is no answer by `deadline`. */
  const ask = async (key: RemoteKey, deadline: number): Promise<Card | undefined | typeof noAnswer> => {
    const spare = cache.get(id, key)
    if (spare && now() < spare.restsUntil) return noAnswer
    try {
      const { began, answer } = questions.ask(key)
      // Who comes later does not wait as long again, where there is something to fall back on.
      const end = spare ? Math.min(deadline, began + budget) : deadline
      const card = await within(answer, end - now())
      return card === late ? noAnswer : card
    } catch {
      // Why stands in the log.
      return noAnswer
    }
  }

  const search = async (readings: readonly RemoteKey[]): Promise<Card | undefined> => {
    const deadline = now() + budget
    await lookUpUnsure(readings)
    let unanswered = readings.length
    for (const [index, key] of readings.entries()) {
      const known = usable(key, cache.get(id, key))
      if (known) return known
      if (cache.isUnknown(id, key, { surely: false })) continue
      const card = await ask(key, deadline)
      if (card === noAnswer) {
        unanswered = index
        break
      }
      if (card) return card
    }
    return unanswered === readings.length ? undefined : lastGood(readings.slice(unanswered))
  }
  /** Of these readings the first that there ever was a card of. */
  const lastGood = (readings: readonly RemoteKey[]): Card => {
    for (const key of readings) {
      const card = cache.get(id, key)
      if (card) return usable(key, card) ?? cache.marked(card)
    }
    const detail = `The source of ${id} gave no answer in time, and there never was a card of this object.`
    throw new Problem('source-away', detail, { headers: { 'retry-after': '2' } })
  }

  const unknown = async (keys: readonly RemoteKey[]): Promise<RemoteKey[]> => {
    const deadline = now() + budget
    await lookUpUnsure(keys)
    const isUnknown = new Set<RemoteKey>()
    let unanswered = 0
    const settle = async (key: RemoteKey) => {
      if (cache.get(id, key) !== undefined) return
      const isKnownNot = cache.isUnknown(id, key, { surely: false })
      const card = isKnownNot ? undefined : now() < deadline ? await ask(key, deadline) : noAnswer
      if (card === noAnswer) unanswered++
      else if (card === undefined) isUnknown.add(key)
    }
    const waiting = keys.values()
    const settleAll = async () => {
      for (const key of waiting) await settle(key)
    }
    await Promise.all(Array.from({ length: mostForLinks }, settleAll))
    if (unanswered > 0)
      log.warn({ application: id, keys: unanswered }, 'Links are accepted without asking: the source gave no answer')
    return keys.filter(key => isUnknown.has(key))
  }

  return {
    find(readings) {
      for (const key of readings) {
        const card = cache.get(id, key)
        const answer = card && cache.isSure(card) ? usable(key, card) : undefined
        if (answer) return answer
        if (!cache.isUnknown(id, key, { surely: true })) return search(readings)
      }
      return undefined
    },
    unknown,
    refresh: key => questions.refresh(key),
  }
}
