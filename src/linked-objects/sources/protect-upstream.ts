import {
  BulkheadRejectedError,
  bulkhead,
  CircuitState,
  circuitBreaker,
  handleWhen,
  type IBackoff,
  SamplingBreaker,
} from 'cockatiel'
import type { Logger } from '../../logging/logger.ts'
import type { RemoteKey } from '../../tracker-contract/remote-key.ts'
import { SourceFailure } from '../object-source.ts'
import { ObjectRefusal } from './upstream.ts'

const atOnce = 50
const waitingAtMost = 1_000
const restMs = 5_000

type Ask<T> = (key: RemoteKey, question: { signal: AbortSignal; isProbe: boolean }) => Promise<T>

/**
 * Keeps a source from being asked too much: 50 questions at once, further ones wait; and no question for 5 s once half of
 * the questions of 10 s failed (three at least), then one, whose outcome decides. Ends when `signal` is aborted. Throws
 * SourceFailure only.
 */
export function protect<T>(
  ask: Ask<T>,
  { applicationId, log }: { applicationId: string; log: Pick<Logger, 'warn' | 'info'> },
) {
  const places = bulkhead(atOnce, waitingAtMost)
  const breaker = circuitBreaker(handleWhen(meansUpstreamIsUnwell), {
    halfOpenAfter: monotonicRest,
    // In calls per second: three within the 10 s.
    breaker: new SamplingBreaker({ threshold: 0.5, duration: 10_000, minimumRps: 0.25 }),
  })
  let lastReason = ''
  let isOpen = false
  breaker.onStateChange(state => {
    if (state === CircuitState.Open && !isOpen)
      log.warn(
        { application: applicationId, reason: lastReason },
        'The object source failed; it is left alone for a while',
      )
    if (state === CircuitState.Closed) log.info({ application: applicationId }, 'The object source answers again')
    if (state !== CircuitState.HalfOpen) isOpen = state === CircuitState.Open
  })
  const resting = () =>
    new SourceFailure('resting', `it is left alone for a while after failures; the last one: ${lastReason}`)

  async function askUpstream(key: RemoteKey, signal: AbortSignal): Promise<T> {
    // The library would let it wait for the end of the probe.
    if (breaker.state === CircuitState.HalfOpen) throw resting()
    const isProbe = breaker.state === CircuitState.Open
    let asked = false
    try {
      return await breaker.execute(() => {
        asked = true
        return noteReason(endWith(signal, ask(key, { signal, isProbe })))
      })
    } catch (error) {
      if (!asked) throw resting()
      throw error instanceof SourceFailure ? error : new SourceFailure('answer-invalid', 'asking failed', error)
    }
  }

  async function noteReason(answer: Promise<T>): Promise<T> {
    try {
      return await answer
    } catch (error) {
      if (meansUpstreamIsUnwell(error)) lastReason = error instanceof SourceFailure ? error.message : 'asking failed'
      throw error
    }
  }

  return async (key: RemoteKey, signal: AbortSignal): Promise<T> => {
    try {
      return await endWith(
        signal,
        places.execute(() => askUpstream(key, signal), signal),
      )
    } catch (error) {
      if (error instanceof SourceFailure) throw error
      throw error instanceof BulkheadRejectedError
        ? new SourceFailure('away', 'too many questions wait for an answer')
        : tooLate()
    }
  }
}

/** A mapping that does not fit, or one object that is refused, says nothing about the upstream. */
const meansUpstreamIsUnwell = (error: unknown) =>
  !(error instanceof ObjectRefusal) && !(error instanceof SourceFailure && error.reason === 'mapping')

/** 5 s by the monotonic clock: the library compares wall clock times, and a clock set back would prolong the rest. */
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

const tooLate = () => new SourceFailure('away', 'no answer came in time')

/** The outcome, or SourceFailure `away` as soon as `signal` is aborted. */
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
