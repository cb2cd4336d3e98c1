import type { Application } from '../../config/schema.ts'
import { type Call, inCall } from '../../logging/call.ts'
import type { Logger } from '../../logging/logger.ts'
import { type CallCounts, countsOf, createCallCounts } from '../../metrics/call-counts.ts'
import { type CallsInFlight, inFlight, isFull } from '../../overload/calls-in-flight.ts'
import { measureLoad } from '../../overload/front.ts'
import { overloaded } from '../../overload/refuse-call.ts'
import type { Queries } from '../../storage/database/queries.ts'
import type { FetchedCards } from '../../storage/objects/fetched-cards.ts'
import type { FindObject } from '../../storage/objects/find-objects.ts'
import type { FindAliases } from '../../storage/objects/object-aliases.ts'
import type { ObjectInfo } from '../../tracker-contract/object-info.ts'
import type { RemoteKey } from '../../tracker-contract/remote-key.ts'
import type { ObjectSource } from '../object-source.ts'
import type { ApplicationCards } from './application-cards.ts'
import type { Card } from './card.ts'
import { type CardCache, getCard, isFresh } from './card-cache.ts'
import { createDatabaseBudget, type DatabaseBudget } from './database-budget.ts'
import { answerFormerKeys } from './former-keys.ts'
import { sourceCards } from './source-cards.ts'
import { createSourceQuestions } from './source-questions.ts'
import { createSourceState } from './source-state.ts'
import { storedCards } from './stored-cards.ts'

type Options = {
  applications: Iterable<Application>
  database: Queries
  findObject: FindObject
  findAliases: FindAliases
  fetched: FetchedCards
  /** By application id; an application without one has its objects in the store. */
  sources: ReadonlyMap<string, ObjectSource>
  /** Returns what applies an application's rules to a card of the store. */
  rulesOf: (application: Application) => (info: ObjectInfo) => ObjectInfo
  cache: CardCache
  log: Logger
  /** Cards that are not in memory, of all configurations that are served. */
  cardsInFlight?: CallsInFlight
  counts?: CallCounts
  /** Milliseconds of a clock that never jumps, the cache's own. */
  now?: () => number
}

/** The cards of all applications, by their ids; see `ApplicationCards`. */
export type Cards = {
  findCard: (
    applicationId: string,
    readings: readonly RemoteKey[],
    call?: Call,
  ) => Card | undefined | Promise<Card | undefined>
  unknownKeys: (applicationId: string, keys: readonly RemoteKey[]) => Promise<RemoteKey[]>
  fetchCard: (applicationId: string, key: RemoteKey) => Promise<Card | undefined>
  refreshCard: (applicationId: string, key: RemoteKey) => Promise<Card | undefined>
}

/** The cards of all applications, each from its object source. */
export function openCards({
  applications,
  cardsInFlight = measureLoad().cards,
  counts = createCallCounts(),
  now = () => performance.now(),
  ...options
}: Options): Cards {
  const { cache } = options
  const databaseBudget = createDatabaseBudget(now)
  const byApplication = new Map<string, ApplicationCards>()
  for (const application of applications) {
    const { id: applicationId, cards } = application
    const former = { ...options, applicationId, databaseBudget, budget: cards.budgetMilliseconds }
    const own = cardsOf({ ...options, application, databaseBudget, now, counts })
    byApplication.set(applicationId, answerFormerKeys(own, former))
  }
  const of = (applicationId: string) => byApplication.get(applicationId) as ApplicationCards
  return {
    // Without a promise, and without a look at the application, if the likeliest reading is in memory.
    findCard: (applicationId, readings, call) => {
      const card = getCard(cache, applicationId, readings[0] as string)
      if (card !== undefined && isFresh(cache, card)) return card
      if (isFull(cardsInFlight, applicationId)) throw overloaded()
      const found = findInCall(of(applicationId), readings, call)
      return found instanceof Promise ? inFlight(cardsInFlight, applicationId, found) : found
    },
    unknownKeys: (applicationId, keys) => of(applicationId).unknown(keys),
    fetchCard: (applicationId, key) => of(applicationId).fetch(key),
    refreshCard: (applicationId, key) => of(applicationId).refresh(key),
  }
}

type OneApplication = Omit<Required<Options>, 'applications' | 'cardsInFlight' | 'findAliases'> & {
  application: Application
  databaseBudget: DatabaseBudget
}

function cardsOf({
  application,
  sources,
  database,
  findObject,
  rulesOf,
  ...options
}: OneApplication): ApplicationCards {
  const { fetched, cache, databaseBudget, log, now, counts } = options
  const source = sources.get(application.id)
  if (source === undefined)
    return storedCards({ application, database, findObject, cache, databaseBudget, applyRules: rulesOf(application) })
  const questions = createSourceQuestions({
    application,
    source,
    fetched,
    cache,
    log,
    now,
    counts: countsOf(counts, application.id).source,
  })
  return sourceCards(createSourceState({ application, questions, fetched, cache, databaseBudget, log, now }))
}

/** Apart, so that a card in memory pays for no closure. */
const findInCall = (application: ApplicationCards, readings: readonly RemoteKey[], call: Call | undefined) =>
  inCall(call, () => application.find(readings))
