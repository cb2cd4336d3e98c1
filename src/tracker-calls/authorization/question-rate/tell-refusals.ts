import type { Logger } from '../../../logging/logger.ts'
import type { TooMany } from './question-rate.ts'

const pauseMs = 60_000

/** Tells the log that calls are refused: at once, and then once a minute with their number, however many there are. */
export function createRefusalTeller(application: string, log: Pick<Logger, 'warn'>, now: () => number) {
  let toldAt = Number.NEGATIVE_INFINITY
  let refused = 0
  return ({ limit, address }: TooMany): void => {
    refused++
    if (now() - toldAt < pauseMs) return
    log.warn(
      { application, code: 'too-many-unknown-tokens', refused, limit, address },
      'Too many unknown tokens are presented: calls with further ones are refused',
    )
    toldAt = now()
    refused = 0
  }
}
