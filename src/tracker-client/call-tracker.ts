import { readJson } from '../values/json-digits.ts'
import type { Exchange, NotReceived, Received } from './exchange.ts'
import { pause, type RateBudget } from './rate-budget.ts'
import { notUnderstood, readWords, statusInWords, TrackerError } from './tracker-error.ts'
import { writeJson } from './write-json.ts'

export type Query = Record<string, string | number | boolean | undefined>

/** A request to Tracker's API. */
export type TrackerRequest = {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  /** The path after the version, in parts that are not encoded: `['issues', key, 'links']`. */
  path: readonly string[]
  query?: Query
  /** Besides those that every request has. */
  headers?: Readonly<Record<string, string>>
  body?: unknown
  /** The rate it counts for; `other` by default. */
  budget?: 'search' | 'other'
  /** Whether it does no harm to send it again after it may have been done; by default GET and DELETE. */
  repeatable?: boolean
}

/** A success. `body` has numbers as strings of their digits, and is undefined if there was none; header names are in lower case. */
export type TrackerAnswer = { status: number; headers: Record<string, string>; body: unknown }

/** Sends a request, with retries. Throws TrackerError, or the reason of the signal once that aborts. */
export type CallTracker = (request: TrackerRequest) => Promise<TrackerAnswer>

const longestPauseMs = 30_000
/** For a longer `Retry-After` the request fails instead. */
const longestWaitMs = 10 * 60_000

/**
 * Calls within the rate budget. What was certainly not done (no connection, 429) is sent again, with exponential backoff. What
 * may have been done is sent again only if that does no harm: never a POST or a PATCH that changes something.
 */
export function createCall(options: {
  exchange: Exchange
  /** `/v3`, after the path of the configured address. */
  prefix: string
  token: string
  budgets: Record<'search' | 'other', RateBudget>
  tries: number
  firstPauseMs: number
  signal: AbortSignal | undefined
  longestMs: number | undefined
}): CallTracker {
  const { exchange, prefix, token, budgets, tries, firstPauseMs, signal, longestMs } = options
  return async request => {
    const { method, headers, body, repeatable = method === 'GET' || method === 'DELETE' } = request
    const target = prefix + targetOf(request)
    const sent = { method, target, ...(headers && { headers }), ...(body !== undefined && { body: writeJson(body) }) }
    const budget = budgets[request.budget ?? 'other']
    const name = `${method} ${target.split('?')[0]}`
    for (let attempt = 1; ; attempt++) {
      await budget.take(signal)
      const received = await exchange.send(sent, longestMs)
      if ('status' in received && received.status >= 200 && received.status < 300) return answerOf(received)
      const error = errorOf(received, name, { token, repeatable })
      const wait = pauseAfter(received, firstPauseMs * 2 ** (attempt - 1))
      // A 429 concerns all requests of the budget, also if this one is not sent again; a failure concerns only this one.
      const isTooMany = 'status' in received && received.status === 429
      if (isTooMany) budget.holdBack(wait)
      if (attempt >= triesFor(received, tries) || wait > longestWaitMs || !mayRepeat(received, repeatable)) throw error
      if (!isTooMany) await pause(wait, signal)
    }
  }
}

/** A 429 passes sooner or later; a failure may not. */
const triesFor = (received: Received | NotReceived, tries: number) =>
  'status' in received && received.status === 429 ? 3 * tries : tries

function targetOf({ path, query = {} }: TrackerRequest): string {
  const entries = Object.entries(query).filter(([, value]) => value !== undefined)
  const search = new URLSearchParams(entries.map(([name, value]): [string, string] => [name, String(value)])).toString()
  return `/${path.map(encodeURIComponent).join('/')}${search && `?${search}`}`
}

function answerOf({ status, headers, text }: Received): TrackerAnswer {
  try {
    return { status, headers, body: text.trim() === '' ? undefined : readJson(text, 'all') }
  } catch {
    throw notUnderstood('it is not JSON')
  }
}

function mayRepeat(received: Received | NotReceived, repeatable: boolean): boolean {
  if ('failure' in received) return repeatable || received.failure === 'unreachable'
  return received.status === 429 || (received.status >= 500 && repeatable)
}

function errorOf(
  received: Received | NotReceived,
  name: string,
  { token, repeatable }: { token: string; repeatable: boolean },
): TrackerError {
  if ('failure' in received) {
    const { failure, because } = received
    return failure === 'unreachable'
      ? new TrackerError(
          failure,
          `Tracker cannot be reached (${because}). Check the network, and \`url\` of the organization.`,
        )
      : new TrackerError(failure, `Tracker did not answer ${name} (${because}).`, { mayBeDone: !repeatable })
  }
  const { status, text } = received
  return new TrackerError('refused', `Tracker answered ${name} with ${status}: ${statusInWords(status)}`, {
    status,
    words: wordsOf(text, token),
    mayBeDone: status >= 500 && !repeatable,
  })
}

function wordsOf(text: string, token: string): string[] {
  try {
    return readWords(JSON.parse(text), token)
  } catch {
    // A proxy's error page says no more than the status.
    return []
  }
}

/** What `Retry-After` asks for, or the usual pause with jitter: programs that failed together must not retry together. */
function pauseAfter(received: Received | NotReceived, usual: number): number {
  const wish = 'status' in received ? retryAfter(received.headers['retry-after']) : undefined
  return wish ?? Math.min(usual, longestPauseMs) * (0.5 + Math.random() / 2)
}

/** Milliseconds of a `Retry-After`, which has seconds or an HTTP date. */
function retryAfter(value: string | undefined): number | undefined {
  if (value === undefined) return undefined
  if (/^\d+(\.\d+)?$/.test(value.trim())) return Number(value) * 1_000
  const moment = Date.parse(value)
  return Number.isNaN(moment) ? undefined : Math.max(0, moment - Date.now())
}
