import type { Application } from '../../config/schema.ts'
import type { Logger } from '../../logging/logger.ts'
import { createTally, note, type Tally } from '../../logging/tally.ts'
import type { ApplicationCounts } from '../../metrics/call-counts.ts'
import type { FetchedCards } from '../../storage/objects/fetched-cards.ts'
import type { ObjectInfo } from '../../tracker-contract/object-info.ts'
import type { RemoteKey } from '../../tracker-contract/remote-key.ts'
import { type ObjectSource, SourceFailure, sourceFailure } from '../object-source.ts'
import type { Card } from './card.ts'
import { beginLookup, type CardCache, endLookup, getCard } from './card-cache.ts'
import { type AnswerKeeping, rememberAnswer, storeAnswer } from './keep-answer.ts'
import type { Lookup } from './lookups.ts'

/** A question to a source, in flight. Moments as in the cache. */
export type SourceQuestion = {
  began: number
  /** The card; undefined for no such object. Throws SourceFailure. */
  answer: Promise<Card | undefined>
  /** The answer is stored, or it is known why not. Throws what `answer` and the database throw. */
  stored: Promise<void>
  /** Whether a call could not wait for the answer any longer. */
  isLate: boolean
}

/** The questions of an application to its source: at most one for an object is in flight. */
export type SourceQuestions = AnswerKeeping & {
  source: ObjectSource
  log: Logger
  inFlight: Map<RemoteKey, SourceQuestion>
  /** Milliseconds that a call waits. */
  budget: number
  tally: Tally
  counts: ApplicationCounts['source']
}

type Options = {
  application: Application
  source: ObjectSource
  fetched: FetchedCards
  cache: CardCache
  log: Logger
  now: () => number
  counts: ApplicationCounts['source']
}

/** Questions of an application in flight at once; the source lets most of them wait. */
const mostInFlight = 1_000
/** Milliseconds after which a question ends if its source does not keep to its own limits. */
const longestQuestion = 10_000
/**
 * Milliseconds for which the source is not asked again for an object that it gave no answer for, if there is a last good card.
 */
const rest = 1_000

export function createSourceQuestions({ application, ...options }: Options): SourceQuestions {
  const { maxAgeSeconds, unknownSeconds, budgetMilliseconds } = application.cards
  return {
    ...options,
    applicationId: application.id,
    maxAge: maxAgeSeconds * 1_000,
    unknownFor: unknownSeconds * 1_000,
    inFlight: new Map(),
    budget: budgetMilliseconds,
    tally: createTally(options.log),
  }
}

/** The question for an object that is in flight, else a new one. Throws SourceFailure if too many are. */
export const askSource = (questions: SourceQuestions, key: RemoteKey): SourceQuestion =>
  questions.inFlight.get(key) ?? begin(questions, key)

/** The answer of the source, stored when this returns. */
export async function fetchFromSource(questions: SourceQuestions, key: RemoteKey): Promise<Card | undefined> {
  const question = askSource(questions, key)
  const card = await question.answer
  await question.stored
  return card
}

/** Asks from now on: the answer to a question that is already in flight may be older than what the caller knows. */
export async function refreshFromSource(questions: SourceQuestions, key: RemoteKey): Promise<Card | undefined> {
  await questions.inFlight.get(key)?.stored.catch(() => {})
  return fetchFromSource(questions, key)
}

/** Asks the source, and keeps its answer whether somebody still waits for it or not. */
function begin(questions: SourceQuestions, key: RemoteKey): SourceQuestion {
  const { applicationId, source, cache, inFlight } = questions
  if (inFlight.size >= mostInFlight) throw new SourceFailure('slow', `${mostInFlight} questions are in flight`)
  const lookup = beginLookup(cache, applicationId, [key])
  const asked = askInTime(source, key)
  const remembered = asked.then(info => rememberAnswer(questions, lookup, key, info))
  const answer = remembered.then(({ card }) => card)
  const keep = async () => {
    // Remembered before it is stored: the notification about our own row must not look like a later change.
    const { isOutdated } = await remembered
    if (!isOutdated) await storeOrLog(questions, lookup, key, await asked)
  }
  const stored = keep().finally(() => {
    endLookup(cache, lookup)
    inFlight.delete(key)
  })
  const question = { began: lookup.began, answer, stored, isLate: false }
  answer.then(
    () => noteAnswer(questions, question),
    (error: unknown) => noteFailure(questions, key, question, error),
  )
  stored.catch(() => {})
  inFlight.set(key, question)
  return question
}

/** Ends after 10 s at the latest, whatever the source does. */
async function askInTime(source: ObjectSource, key: RemoteKey): Promise<ObjectInfo | undefined> {
  const end = new AbortController()
  const over = new SourceFailure('slow', `no answer within ${longestQuestion / 1_000} s`)
  return await new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      end.abort(over)
      reject(over)
    }, longestQuestion).unref()
    source
      .find(key, end.signal)
      .then(resolve, reject)
      .finally(() => clearTimeout(timer))
  })
}

async function storeOrLog(
  questions: SourceQuestions,
  lookup: Lookup,
  key: RemoteKey,
  info: ObjectInfo | undefined,
): Promise<void> {
  try {
    await storeAnswer(questions, lookup, key, info)
  } catch (error) {
    note(questions.tally, { application: questions.applicationId }, 'A card could not be stored', {
      details: { err: error },
    })
    throw error
  }
}

function noteFailure(questions: SourceQuestions, key: RemoteKey, { began }: SourceQuestion, error: unknown): void {
  const { applicationId, cache, now, tally, counts } = questions
  counts.failed++
  const card = getCard(cache, applicationId, key)
  if (card) card.restsUntil = now() + rest
  const { reason, status, mark } = sourceFailure(error)
  const about = { application: applicationId, reason, status, code: mark }
  const details = { milliseconds: Math.round(now() - began), err: error }
  note(tally, about, 'The source of objects gave no answer', { details })
}

/** A source that answers after the budget, time and again, would never get a reason otherwise: each answer is a good one. */
function noteAnswer(questions: SourceQuestions, { began, isLate }: SourceQuestion): void {
  const { applicationId, now, tally, budget, counts } = questions
  counts.answered++
  if (!isLate) return
  note(
    tally,
    { application: applicationId, reason: 'slow', budgetMilliseconds: budget },
    'The source of objects answered later than a call waits; the answer is for the next call',
    { details: { milliseconds: Math.round(now() - began) } },
  )
}
