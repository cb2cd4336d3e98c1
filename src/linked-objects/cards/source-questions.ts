import type { Application } from '../../config/schema.ts'
import type { Logger } from '../../logging/logger.ts'
import type { FetchedCards } from '../../storage/objects/fetched-cards.ts'
import type { ObjectInfo } from '../../tracker-contract/object-info.ts'
import type { RemoteKey } from '../../tracker-contract/remote-key.ts'
import { type ObjectSource, SourceFailure } from '../object-source.ts'
import { type Card, createCard } from './card.ts'
import type { CardCache, Reading } from './card-cache.ts'

/** A question to a source that is under way: one for an object at a time. Moments as in the cache. */
export type Question = {
  began: number
  /** The card, or that there is no such object. Throws SourceFailure. */
  answer: Promise<Card | undefined>
  /** The answer is stored, or it is known why not. Throws what `answer` and the database throw. */
  stored: Promise<void>
}

/** A card that is outdated is an answer to whoever asked before, and nothing more. */
type Remembered = { card: Card | undefined; isOutdated: boolean }

type Options = {
  application: Application
  source: ObjectSource
  fetched: FetchedCards
  cache: CardCache
  log: Logger
  now: () => number
}

/** Questions of an application under way at once; the source lets most of them wait. */
const mostQuestions = 1_000
/** Milliseconds after which a question is ended whose source does not keep to its own limits. */
const patience = 10_000
/** Milliseconds for which the source is not asked again for an object after it gave no answer, where an older card is there. */
const rest = 1_000
/** Milliseconds between two records in the log that say the same. */
const logPause = 60_000

export type SourceQuestions = ReturnType<typeof sourceQuestions>

/** Asks a source, and puts what it says into memory and into the database, whether somebody still waits for it or not. */
export function sourceQuestions({ application, source, fetched, cache, log, now }: Options) {
  const { id } = application
  const { maxAgeSeconds, unknownSeconds } = application.cards
  const underWay = new Map<RemoteKey, Question>()
  const loggedAt = new Map<string, number>()

  const begin = (key: RemoteKey): Question => {
    if (underWay.size >= mostQuestions) throw new SourceFailure('away', `${mostQuestions} questions are under way.`)
    const reading = cache.begin(id, [key])
    const asked = askSource(source, key)
    const remembered = asked.then(info => remember(reading, key, info))
    const answer = remembered.then(({ card }) => card)
    const keep = async () => {
      // Before it is stored: what is told of our own row shall not look like a later one.
      const { isOutdated } = await remembered
      if (!isOutdated) await store(reading, key, await asked)
    }
    const stored = keep().finally(() => {
      cache.end(reading)
      underWay.delete(key)
    })
    answer.catch(error => failed(key, error))
    stored.catch(() => {})
    const question = { began: reading.began, answer, stored }
    underWay.set(key, question)
    return question
  }

  /**
   * Remembers what the source said, unless a later word was told meanwhile: then the row is the answer, by whomever it was
   * stored; and where there is none, because the object is gone, what the source said before is not kept.
   */
  const remember = async (reading: Reading, key: RemoteKey, info: ObjectInfo | undefined): Promise<Remembered> => {
    if (!cache.isCurrent(reading)) {
      const looked = now()
      const rows = await fetched.read(id, [key]).catch(noRows)
      const later = rows?.get(key)
      const trueAt = looked - (later?.age ?? 0)
      if (later && trueAt > reading.began)
        return { card: cache.put(reading, id, later.info, knowledge(trueAt, true)), isOutdated: true }
      if (rows && !later && info && reading.isOvertaken) return { card: createCard(info), isOutdated: true }
    }
    if (info !== undefined)
      return { card: cache.put(reading, id, info, knowledge(reading.began, false)), isOutdated: false }
    cache.putUnknown(reading, id, key, now() + unknownSeconds * 1_000)
    return { card: undefined, isOutdated: false }
  }
  const knowledge = (trueAt: number, isStored: boolean) => ({
    trueAt,
    freshUntil: trueAt + maxAgeSeconds * 1_000,
    isStored,
  })
  const store = async (reading: Reading, key: RemoteKey, info: ObjectInfo | undefined) => {
    try {
      const isLatest = await fetched.write(id, { key, info, age: () => now() - reading.began })
      const card = cache.get(id, key)
      if (card?.trueAt === reading.began) card.isStored = true
      if (!isLatest) cache.doubt(id, key)
    } catch (error) {
      logOnce('not stored', () => log.warn({ application: id, err: error }, 'A card could not be stored'))
      throw error
    }
  }
  const failed = (key: RemoteKey, error: unknown) => {
    const card = cache.get(id, key)
    if (card) card.restsUntil = now() + rest
    const reason = error instanceof SourceFailure ? error.reason : 'fault'
    logOnce(reason, () => log.warn({ application: id, reason, err: error }, 'The source of objects gave no answer'))
  }
  const logOnce = (what: string, write: () => void) => {
    if (now() - (loggedAt.get(what) ?? -Infinity) < logPause) return
    loggedAt.set(what, now())
    write()
  }

  return {
    /** The question for an object that is under way, else a new one. Throws SourceFailure where there are too many. */
    ask: (key: RemoteKey): Question => underWay.get(key) ?? begin(key),
    isUnderWay: (key: RemoteKey) => underWay.has(key),
    /** Asks from now on: the answer to a question that is under way already may be older than what the caller knows. */
    async refresh(key: RemoteKey): Promise<Card | undefined> {
      await underWay.get(key)?.stored.catch(() => {})
      const question = underWay.get(key) ?? begin(key)
      const card = await question.answer
      await question.stored
      return card
    },
  }
}

const noRows = () => undefined

/** Ends after `patience` at the latest, whatever the source does. */
async function askSource(source: ObjectSource, key: RemoteKey): Promise<ObjectInfo | undefined> {
  const end = new AbortController()
  const over = new SourceFailure('away', `No answer within ${patience / 1_000} s.`)
  return await new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      end.abort(over)
      reject(over)
    }, patience).unref()
    source
      .find(key, end.signal)
      .then(resolve, reject)
      .finally(() => clearTimeout(timer))
  })
}
