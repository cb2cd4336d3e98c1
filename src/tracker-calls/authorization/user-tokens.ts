import { hash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { Actor } from '../../links/actor.ts'
import { verifierAway } from './ask-verifier.ts'
import {
  createQuestionRate,
  type Question,
  type QuestionRate,
  type RateLimits,
  settle,
  type TooMany,
  takeQuestion,
  takeQuestionAgain,
} from './question-rate/question-rate.ts'
import { tooManyUnknown } from './refusals.ts'
import type { TokenOwner, Verdict } from './token-owner.ts'
import type { Verifier } from './verifier.ts'

/** What becomes of a call. */
export type Decision = { actor: Actor } | { unknown: string } | { notAllowed: string }

const goodMs = 60_000
const badMs = 10_000
// 10,000 entries in all. Two caches, so that a flood of wrong tokens cannot push the good ones out.
const entriesEach = 5_000
// How long a token that was let in counts as one that a caller has: a question about it, once the answer is no longer kept, is
// not hindered by a flood of others.
const metMs = 60 * 60_000

// RFC 6749, A.12: nothing else can be a token, so no verifier is asked about it; nor about one too long for its headers.
const tokenForm = /^[\x21-\x7e]{1,8000}$/

/** Where a call came from: the other side of its connection, or the client behind proxies that are trusted. A request of Fastify is one. */
export type Connection = { readonly ip?: string | undefined }

type Settings = {
  verify: Verifier
  /** The list that does not hold an owner, see `createAllowance`. */
  refusingList: (owner: TokenOwner) => string | undefined
  limits: RateLimits
  /** Hears of each call that was refused because too many unknown tokens came. */
  tellTooMany: (why: TooMany) => void
  /** Monotonic, in milliseconds, above 0. */
  now: () => number
}

/**
 * Decisions by the SHA-256 of a user's token: kept for 60 s if the verifier knows the token (never beyond its `exp`), for 10 s
 * if it does not.
 */
export type UserTokens = Settings & {
  letIn: LRUCache<string, Decision>
  turnedAway: LRUCache<string, Decision>
  /** Tokens that were let in within the last hour. */
  met: LRUCache<string, true>
  rate: QuestionRate
  /** At most one verification per token is in flight. */
  inFlight: Map<string, Promise<Decision>>
}

export function createUserTokens(settings: Settings): UserTokens {
  // The clock is read at every look-up; by default the library reuses what it read for a millisecond.
  const limits = { max: entriesEach, ttlResolution: 0, perf: { now: settings.now } }
  return {
    ...settings,
    letIn: new LRUCache<string, Decision>(limits),
    turnedAway: new LRUCache<string, Decision>(limits),
    met: new LRUCache<string, true>({ ...limits, ttl: metMs }),
    rate: createQuestionRate(settings.limits, settings.now),
    inFlight: new Map(),
  }
}

/**
 * Decides by a token that came over a connection. If the verifier is away, throws Problem `verifier-away`, and nothing is kept; if
 * too many unknown tokens come, Problem `too-many-unknown-tokens`.
 */
export function decideByToken(
  tokens: UserTokens,
  token: string,
  scheme: string,
  connection: Connection,
): Decision | Promise<Decision> {
  if (!tokenForm.test(token)) return { unknown: 'it does not have the form of a token' }
  // With the scheme, because Tracker takes one token as OAuth and another as Bearer.
  const key = hash('sha256', `${scheme.toLowerCase()} ${token}`, 'base64url')
  const kept = tokens.letIn.get(key) ?? tokens.turnedAway.get(key) ?? tokens.inFlight.get(key)
  if (kept) return kept
  const question = questionAbout(tokens, key, connection)
  const decision = verify(tokens, key, token, scheme)
    .then(
      made => {
        settle(question, 'unknown' in made)
        return made
      },
      (error: unknown) => {
        settle(question, false)
        throw error
      },
    )
    .finally(() => tokens.inFlight.delete(key))
  tokens.inFlight.set(key, decision)
  return decision
}

function questionAbout({ met, rate, tellTooMany }: UserTokens, key: string, connection: Connection): Question {
  if (met.has(key)) {
    const question = takeQuestionAgain(rate)
    if (question === undefined) throw verifierAway('has too many questions to answer')
    return question
  }
  const question = takeQuestion(rate, connection.ip)
  if ('accounts' in question) return question
  tellTooMany(question)
  throw tooManyUnknown(question)
}

async function verify(tokens: UserTokens, key: string, token: string, scheme: string): Promise<Decision> {
  // Counted from before the question, so that a token revoked while the answer is on its way is not let in for longer.
  const askedAt = tokens.now()
  const verdict = await tokens.verify(token, scheme)
  const remainingMs = remaining(verdict)
  const decision = remainingMs > 0 ? decide(verdict, tokens.refusingList) : { unknown: 'it has expired' }
  const passedMs = tokens.now() - askedAt
  const keptMs = 'unknown' in decision ? badMs - passedMs : Math.min(goodMs - passedMs, remainingMs)
  // The cache still answers at the very end of a `ttl`, and takes 0 for "for ever".
  if ('actor' in decision) tokens.met.set(key, true)
  else tokens.met.delete(key)
  if (keptMs > 1) ('actor' in decision ? tokens.letIn : tokens.turnedAway).set(key, decision, { ttl: keptMs - 1 })
  return decision
}

function decide(verdict: Verdict, refusingList: Settings['refusingList']): Decision {
  if ('refused' in verdict) return { unknown: verdict.refused }
  const { login, uid } = verdict.owner
  const list = refusingList(verdict.owner)
  if (list) return { notAllowed: list }
  return { actor: { kind: 'user', ...(login !== undefined && { login }), ...(uid !== undefined && { uid }) } }
}

/** Milliseconds until the token expires. Only this reads the wall clock; what is kept goes by the monotonic one. */
function remaining(verdict: Verdict): number {
  const expiresAt = 'owner' in verdict ? verdict.owner.expiresAt : undefined
  return expiresAt === undefined ? Number.POSITIVE_INFINITY : expiresAt * 1000 - Date.now()
}
