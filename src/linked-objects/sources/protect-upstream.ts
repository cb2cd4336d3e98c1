import {
  type BulkheadPolicy,
  BulkheadRejectedError,
  bulkhead,
  type CircuitBreakerPolicy,
  CircuitState,
  circuitBreaker,
  handleWhen,
  type IBackoff,
  SamplingBreaker,
} from 'cockatiel'
import type { Logger } from '../../logging/logger.ts'
import type { RemoteKey } from '../../tracker-contract/remote-key.ts'
import { type Breaker, SourceFailure, sourceFailure } from '../object-source.ts'
import { ObjectRefusal } from './upstream.ts'

const atOnce = 50
const waitingAtMost = 1_000
const restMs = 5_000

type Ask<T> = (key: RemoteKey, question: { signal: AbortSignal; isProbe: boolean }) => Promise<T>
type Log = Pick<Logger, 'warn' | 'info'>

/** What others may see of a breaker; nothing before its first change. */
export type Standing = { breaker?: Breaker }

/** A way to ask an upstream that keeps it from being asked too much. */
type Protection<T> = {
  ask: Ask<T>
  places: BulkheadPolicy
  breaker: CircuitBreakerPolicy
  /** How the upstream failed last. */
  lastFailure: SourceFailure | undefined
}

/**
 * Keeps a source from being asked too much: 50 questions in flight, further ones wait; and none for 5 s once half of the
 * questions of 10 s have failed (three at least), then one, whose outcome decides. A question ends when `signal` is aborted.
 * Throws SourceFailure only.
 */
export function protect<T>(
  ask: Ask<T>,
  { applicationId, log, standing = {} }: { applicationId: string; log: Log; standing?: Standing },
) {
  const protection: Protection<T> = {
    ask,
    places: bulkhead(atOnce, waitingAtMost),
    breaker: circuitBreaker(handleWhen(meansUpstreamIsUnwell), {
      halfOpenAfter: monotonicRest,
      // In calls per second: three within the 10 s.
      breaker: new SamplingBreaker({ threshold: 0.5, duration: 10_000, minimumRps: 0.25 }),
    }),
    lastFailure: undefined,
  }
  logStateChanges(protection, applicationId, log)
  protection.breaker.onStateChange(state => {
    standing.breaker = breakerIn(state, standing.breaker, Date.now())
  })
  return async (key: RemoteKey, signal: AbortSignal): Promise<T> => {
    try {
      const answer = protection.places.execute(() => askUpstream(protection, key, signal), signal)
      return await endWith(signal, answer)
    } catch (error) {
      if (error instanceof SourceFailure) throw error
      throw error instanceof BulkheadRejectedError
        ? new SourceFailure('slow', 'too many questions wait for an answer')
        : tooLate()
    }
  }
}

/** What a breaker tells of itself once it has changed. A question that failed between two rests does not begin it anew. */
function breakerIn(state: CircuitState, { openSince, asksAgainAt }: Partial<Breaker> = {}, now: number): Breaker {
  if (state === CircuitState.HalfOpen) return { state: 'halfOpen', openSince, asksAgainAt }
  return state === CircuitState.Open
    ? { state: 'open', openSince: openSince ?? now, asksAgainAt: now + restMs }
    : { state: 'closed' }
}

function logStateChanges<T>(protection: Protection<T>, applicationId: string, log: Log): void {
  let isOpen = false
  protection.breaker.onStateChange(state => {
    if (state === CircuitState.Open && !isOpen)
      log.warn(
        {
          application: applicationId,
          reason: protection.lastFailure?.reason,
          because: protection.lastFailure?.message,
        },
        'The object source failed; it is left alone for a while',
      )
    if (state === CircuitState.Closed) log.info({ application: applicationId }, 'The object source answers again')
    if (state !== CircuitState.HalfOpen) isOpen = state === CircuitState.Open
  })
}

async function askUpstream<T>(protection: Protection<T>, key: RemoteKey, signal: AbortSignal): Promise<T> {
  const { ask, breaker } = protection
  // The library would let the question wait for the outcome of the probe.
  if (breaker.state === CircuitState.HalfOpen) throw resting(protection)
  const isProbe = breaker.state === CircuitState.Open
  let asked = false
  try {
    return await breaker.execute(() => {
      asked = true
      return noteReason(protection, endWith(signal, ask(key, { signal, isProbe })))
    })
  } catch (error) {
    if (!asked) throw resting(protection)
    throw sourceFailure(error)
  }
}

async function noteReason<T>(protection: Protection<T>, answer: Promise<T>): Promise<T> {
  try {
    return await answer
  } catch (error) {
    if (meansUpstreamIsUnwell(error)) protection.lastFailure = sourceFailure(error)
    throw error
  }
}

/** The failure after which it is left alone, once more. */
function resting({ lastFailure }: Protection<unknown>): SourceFailure {
  const { reason, message, status, mark } = lastFailure ?? tooLate()
  const why = `it is left alone for a while after failures; the last one: ${message}`
  return new SourceFailure(reason, why, { status, mark, isResting: true })
}

/** A mapping that does not fit, or a refusal about one object, says nothing about the health of the upstream. */
const meansUpstreamIsUnwell = (error: unknown) =>
  !(error instanceof ObjectRefusal) && !(error instanceof SourceFailure && error.reason === 'mapping')

/** 5 s by the monotonic clock: the library compares times of the wall clock, and setting that back would prolong the rest. */
const monotonicRest = {
  next: (): IBackoff<unknown> => {
    const end = performance.now() + restMs
    return {
      next: monotonicRest.next,
      get duration() {
        return performance.now() < end ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY
      },
    }
  },
}

const tooLate = () => new SourceFailure('slow', 'no answer came in time')

/** The outcome; SourceFailure `slow` as soon as `signal` is aborted. */
async function endWith<T>(signal: AbortSignal, outcome: Promise<T>): Promise<T> {
  if (signal.aborted) {
    outcome.catch(() => undefined)
    throw tooLate()
  }
  const { promise, reject } = Promise.withResolvers<never>()
  const end = () => reject(tooLate())
  signal.addEventListener('abort', end, { once: true })
  try {
    return await Promise.race([outcome, promise])
  } finally {
    signal.removeEventListener('abort', end)
  }
}
