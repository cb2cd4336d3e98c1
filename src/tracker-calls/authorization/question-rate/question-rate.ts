import { LRUCache } from 'lru-cache'
import type { UserAuthorization } from '../../../config/schema.ts'
import { clientNetwork } from '../../../values/client-network.ts'

/** The limits of `unknownTokens` in the configuration. */
export type RateLimits = Required<NonNullable<UserAuthorization['unknownTokens']>>

/**
 * What the questions of one client address, or of all, have cost: a question costs 1 until the verifier has answered, and goes on to
 * do so if it did not know the token. Costs fade, the limit of a minute within a minute.
 */
type Account = { cost: number; countedAt: number; inFlight: number }

export type QuestionRate = {
  limits: RateLimits
  /** Monotonic, in milliseconds. */
  now: () => number
  all: Account
  ofAddress: LRUCache<string, Account>
}

/** A question that may be asked; `settle` it once it is answered. */
export type Question = { accounts: readonly Account[] }

/** Why not, and for how many seconds: too many unknown tokens from the address, or in all, or no room for one more question. */
export type TooMany = { limit: 'address' | 'all' | 'room'; address: string; waitSeconds: number }

const mostInFlight = 256
// An address beyond them is forgotten, with what it has cost: the limit of all holds still.
const mostAddresses = 10_000
const minuteMs = 60_000

export function createQuestionRate(limits: RateLimits, now: () => number): QuestionRate {
  return { limits, now, all: newAccount(now()), ofAddress: new LRUCache<string, Account>({ max: mostAddresses }) }
}

const newAccount = (countedAt: number): Account => ({ cost: 0, countedAt, inFlight: 0 })

/** Takes a question about a token that nobody has vouched for. */
export function takeQuestion(rate: QuestionRate, clientAddress: string | undefined): Question | TooMany {
  const { limits, all, ofAddress } = rate
  const address = clientNetwork(clientAddress)
  const now = rate.now()
  const own = ofAddress.get(address) ?? newAccount(now)
  ofAddress.set(address, own)
  const ownWait = waitOf(own, limits.perMinuteOfAddress, now)
  if (ownWait > 0) return { limit: 'address', address, waitSeconds: ownWait }
  const wait = waitOf(all, limits.perMinute, now)
  if (wait > 0) return { limit: 'all', address, waitSeconds: wait }
  // An address may have as many questions in flight as there is room left: so there is always some for another one.
  if (own.inFlight >= mostInFlight - all.inFlight) return { limit: 'room', address, waitSeconds: 1 }
  return begin([own, all])
}

/** Takes a question about a token that the verifier knew a while ago: it costs nothing; undefined if there is no room. */
export const takeQuestionAgain = ({ all }: QuestionRate): Question | undefined =>
  all.inFlight < mostInFlight ? begin([all]) : undefined

function begin(accounts: readonly Account[]): Question {
  for (const account of accounts) {
    account.cost++
    account.inFlight++
  }
  return { accounts }
}

/** `isUnknown`: the verifier did not know the token. That it gave no verdict costs nothing. */
export function settle({ accounts }: Question, isUnknown: boolean): void {
  for (const account of accounts) {
    account.inFlight--
    if (!isUnknown) account.cost = Math.max(0, account.cost - 1)
  }
}

/** Whole seconds until the account bears one more question; 0 if it does now. */
function waitOf(account: Account, perMinute: number, now: number): number {
  account.cost = Math.max(0, account.cost - ((now - account.countedAt) * perMinute) / minuteMs)
  account.countedAt = now
  return account.cost + 1 <= perMinute ? 0 : Math.ceil(((account.cost + 1 - perMinute) * 60) / perMinute)
}
