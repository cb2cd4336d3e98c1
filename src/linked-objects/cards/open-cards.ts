import type { Application } from '../../config/schema.ts'
import type { Logger } from '../../logging/logger.ts'
import type { Queries } from '../../storage/database/queries.ts'
import type { FetchedCards } from '../../storage/objects/fetched-cards.ts'
import type { FindObject } from '../../storage/objects/find-objects.ts'
import type { ObjectInfo } from '../../tracker-contract/object-info.ts'
import type { ObjectSource } from '../object-source.ts'
import type { CardCache } from './card-cache.ts'
import { cardsFromSource } from './fetched-cards.ts'
import type { ApplicationCards, FindCard, RefreshCard, UnknownKeys } from './object-info.ts'
import { createPatience } from './patience.ts'
import { sourceQuestions } from './source-questions.ts'
import { storedCards } from './stored-cards.ts'

type Options = {
  applications: Iterable<Application>
  database: Queries
  findObject: FindObject
  fetched: FetchedCards
  /** By application id; an application without one has its objects in the store. */
  sources: ReadonlyMap<string, ObjectSource>
  /** What the rules of an application make of a card of the store. */
  rulesOf: (application: Application) => (info: ObjectInfo) => ObjectInfo
  cache: CardCache
  log: Logger
  /** Milliseconds of a clock that never jumps, the cache's own. */
  now?: () => number
}

export type Cards = { findCard: FindCard; unknownKeys: UnknownKeys; refreshCard: RefreshCard }

/** The cards of all applications, each from where its objects are. */
export function openCards(options: Options): Cards {
  const {
    applications,
    database,
    findObject,
    fetched,
    sources,
    rulesOf,
    cache,
    log,
    now = () => performance.now(),
  } = options
  const patience = createPatience(now)
  const cardsOf = new Map<string, ApplicationCards>()
  for (const application of applications) {
    const source = sources.get(application.id)
    cardsOf.set(
      application.id,
      source === undefined
        ? storedCards({ application, findObject, database, cache, patience, applyRules: rulesOf(application) })
        : cardsFromSource({
            application,
            questions: sourceQuestions({ application, source, fetched, cache, log, now }),
            fetched,
            cache,
            patience,
            log,
            now,
          }),
    )
  }
  const of = (applicationId: string) => cardsOf.get(applicationId) as ApplicationCards
  return {
    // Without a wait, and without a look at the application, where the likeliest reading is in memory.
    findCard: (applicationId, readings) => {
      const card = cache.get(applicationId, readings[0] as string)
      return card !== undefined && cache.isFresh(card) ? card : of(applicationId).find(readings)
    },
    unknownKeys: (applicationId, keys) => of(applicationId).unknown(keys),
    refreshCard: (applicationId, key) => of(applicationId).refresh(key),
  }
}
