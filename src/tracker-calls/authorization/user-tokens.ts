import { hash } from 'node:crypto'
import type { Actor } from '../../links/actor.ts'
import { verifierAway } from './ask-verifier.ts'
import { createExpiringMap } from './expiring-map.ts'
import type { TokenOwner, Verdict } from './token-owner.ts'
import type { Verifier } from './verifier.ts'

/** What becomes of a call. */
export type Decision = { actor: Actor } | { unknown: string } | { notAllowed: string }

const goodMs = 60_000
const badMs = 10_000
// 10,000 entries in all. Two maps, so that a flood of wrong tokens cannot push the good ones out.
const entriesEach = 5_000
const questionsAtOnce = 256

// RFC 6749, A.12: nothing else can be a token, so no verifier is asked about it; nor about one too long for its headers.
const tokenForm = /^[\x21-\x7e]{1,8000}$/

type Settings = {
  verify: Verifier
  /** The list that does not hold an owner, see `createAllowance`. */
  refusingList: (owner: TokenOwner) => string | undefined
  /** Monotonic, in milliseconds. */
  now: () => number
}

/**
 * Decides by a user's token, with the decisions kept for a while by the token's SHA-256: 60 s where the verifier knows the
 * token (never beyond its `exp`), 10 s where it does not. One question a token is under way at a time. Where the verifier
 * is away, Problem `verifier-away` is thrown and nothing is kept.
 */
export function createUserTokens({ verify, refusingList, now }: Settings) {
  const letIn = createExpiringMap<Decision>(entriesEach, now)
  const turnedAway = createExpiringMap<Decision>(entriesEach, now)
  const underWay = new Map<string, Promise<Decision>>()

  async function ask(key: string, token: string, scheme: string): Promise<Decision> {
    // From before the question, so that a token revoked while the answer is on its way is not let in for longer.
    const askedAt = now()
    const verdict = await verify(token, scheme)
    const remainingMs = remaining(verdict)
    const decision = remainingMs > 0 ? decide(verdict, refusingList) : { unknown: 'its time is over' }
    const until = 'unknown' in decision ? askedAt + badMs : Math.min(askedAt + goodMs, now() + remainingMs)
    if ('actor' in decision) letIn.set(key, decision, until)
    else turnedAway.set(key, decision, until)
    return decision
  }

  return (token: string, scheme: string): Decision | Promise<Decision> => {
    if (!tokenForm.test(token)) return { unknown: 'it has not the form of a token' }
    // With the scheme, because Tracker takes one token as OAuth and another as Bearer.
    const key = hash('sha256', `${scheme.toLowerCase()} ${token}`, 'base64url')
    const kept = letIn.get(key) ?? turnedAway.get(key) ?? underWay.get(key)
    if (kept) return kept
    if (underWay.size >= questionsAtOnce) throw verifierAway('has too many questions before it')
    const question = ask(key, token, scheme).finally(() => underWay.delete(key))
    underWay.set(key, question)
    return question
  }
}

function decide(verdict: Verdict, refusingList: Settings['refusingList']): Decision {
  if ('refused' in verdict) return { unknown: verdict.refused }
  const { login, uid } = verdict.owner
  const list = refusingList(verdict.owner)
  if (list) return { notAllowed: list }
  return { actor: { kind: 'user', ...(login !== undefined && { login }), ...(uid !== undefined && { uid }) } }
}

/** Milliseconds until the token's own end. The wall clock is read here only; what is kept runs by the monotonic one. */
function remaining(verdict: Verdict): number {
  const expiresAt = 'owner' in verdict ? verdict.owner.expiresAt : undefined
  return expiresAt === undefined ? Number.POSITIVE_INFINITY : expiresAt * 1000 - Date.now()
}
