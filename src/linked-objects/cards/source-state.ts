import type { Application } from '../../config/schema.ts'
import type { Logger } from '../../logging/logger.ts'
import type { FetchedCards } from '../../storage/objects/fetched-cards.ts'
import type { RemoteKey } from '../../tracker-contract/remote-key.ts'
import { SourceFailure, sourceFailure } from '../object-source.ts'
import type { Card } from './card.ts'
import { type CardCache, getCard, type RememberedCard } from './card-cache.ts'
import type { DatabaseBudget } from './database-budget.ts'
import { askSource, type SourceQuestions } from './source-questions.ts'
import { late, within } from './within.ts'

/** What the cards of an application with a source go by. */
export type SourceState = {
  applicationId: string
  /** Milliseconds that an answer may take. */
  budget: number
  /** Milliseconds for which a card is answered without asking, and for which it is answered while the source is asked. */
  maxAge: number
  usableAge: number
  questions: SourceQuestions
  fetched: FetchedCards
  cache: CardCache
  databaseBudget: DatabaseBudget
  log: Logger
  now: () => number
  /** Questions in the background, in flight. */
  inBackground: number
}

type Options = Omit<SourceState, 'applicationId' | 'budget' | 'maxAge' | 'usableAge' | 'inBackground'> & {
  application: Application
}

const mostInBackground = 20

export function createSourceState({ application, ...options }: Options): SourceState {
  const { budgetMilliseconds, maxAgeSeconds, staleWhileRevalidateSeconds } = application.cards
  return {
    ...options,
    applicationId: application.id,
    budget: budgetMilliseconds,
    maxAge: maxAgeSeconds * 1_000,
    usableAge: (maxAgeSeconds + staleWhileRevalidateSeconds) * 1_000,
    inBackground: 0,
  }
}

/** The card, if it is young enough to be answered; a stale one is refreshed in the background for the next call. */
export function usableCard(
  state: SourceState,
  key: RemoteKey,
  card: RememberedCard | undefined,
): RememberedCard | undefined {
  if (card === undefined) return undefined
  const age = state.now() - card.trueAt
  if (age >= state.usableAge) return undefined
  if (age >= state.maxAge) refreshInBackground(state, key, card)
  return card
}

function refreshInBackground(state: SourceState, key: RemoteKey, { restsUntil }: RememberedCard): void {
  const { questions, now } = state
  if (state.inBackground >= mostInBackground || questions.inFlight.has(key) || now() < restsUntil) return
  state.inBackground++
  const over = () => {
    state.inBackground--
  }
  try {
    askSource(questions, key).stored.then(over, over)
  } catch {
    over()
  }
}

/** Nobody sees it: the last good card is answered. */
const leftAlone = new SourceFailure('away', 'it has just given no answer for this object', { isResting: true })

/** What the source answers before `deadline`: the card, undefined for no such object, or why it gave no answer. */
export async function askBefore(
  { applicationId, budget, questions, cache, now }: SourceState,
  key: RemoteKey,
  deadline: number,
): Promise<Card | undefined | SourceFailure> {
  const lastGood = getCard(cache, applicationId, key)
  if (lastGood && now() < lastGood.restsUntil) return leftAlone
  try {
    const question = askSource(questions, key)
    const { began, answer } = question
    // A call that joins a question later does not wait its whole time again, if there is something to fall back on.
    const end = lastGood ? Math.min(deadline, began + budget) : deadline
    const card = await within(answer, end - now())
    if (card !== late) return card
    question.isLate = true
    return new SourceFailure('slow', `no answer within the budget of ${budget} ms`, { budget })
  } catch (error) {
    return sourceFailure(error)
  }
}
