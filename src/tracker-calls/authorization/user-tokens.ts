import { hash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { Actor } from '../../links/actor.ts'
import { type Call, inCall } from '../../logging/call.ts'
import { verifierAway } from './ask-verifier.ts'
import type { TokenOwner, Verdict } from './token-owner.ts'
import type { Verifier } from './verifier.ts'

/** What becomes of a call. */
export type Decision = { actor: Actor } | { unknown: string } | { notAllowed: string }

const goodMs = 60_000
const badMs = 10_000
// 10,000 entries in all. Two caches, so that a flood of wrong tokens cannot push the good ones out.
const entriesEach = 5_000
const mostInFlight = 256

// RFC 6749, A.12: nothing else can be a token, so no verifier is asked about it; nor about one too long for its headers.
const tokenForm = /^[\x21-\x7e]{1,8000}$/

type Settings = {
  verify: Verifier
  /** The list that does not hold an owner, see `createAllowance`. */
  refusingList: (owner: TokenOwner) => string | undefined
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
    inFlight: new Map(),
  }
}

/** Decides by a token. If the verifier is away, throws Problem `verifier-away`, and nothing is kept. */
export function decideByToken(
  tokens: UserTokens,
  token: string,
  scheme: string,
  call?: Call,
): Decision | Promise<Decision> {
  if (!tokenForm.test(token)) return { unknown: 'it does not have the form of a token' }
  // With the scheme, because Tracker takes one token as OAuth and another as Bearer.
  const key = hash('sha256', `${scheme.toLowerCase()} ${token}`, 'base64url')
  const kept = tokens.letIn.get(key) ?? tokens.turnedAway.get(key) ?? tokens.inFlight.get(key)
  if (kept) return kept
  if (tokens.inFlight.size >= mostInFlight) throw verifierAway('has too many questions to answer')
  const decision = inCall(call, () => verify(tokens, key, token, scheme)).finally(() => tokens.inFlight.delete(key))
  tokens.inFlight.set(key, decision)
  return decision
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
