import { outsideCalls } from './call.ts'
import type { Logger } from './logger.ts'

/**
 * What happens too often for a record each: the first of a kind is logged as it comes, and what follows within a minute as one
 * record with its number.
 */
export type Tally = { log: Pick<Logger, 'warn'>; kinds: Map<string, Kind>; period: number }

/** `since`: how often it happened since it was last told. The last details stand for all of them. */
type Kind = { fields: object; details: object; since: number }

/** Beyond so many kinds, those with one message count together. */
const mostKinds = 100

/** `period` in milliseconds. */
export const createTally = (log: Pick<Logger, 'warn'>, period = 60_000): Tally => ({ log, kinds: new Map(), period })

/**
 * Notes an event, or several. Those with the same message and fields are one kind; `details` differ within a kind, and those of
 * the last one are told.
 */
export function note(
  tally: Tally,
  fields: Record<string, string | number | undefined>,
  message: string,
  { times = 1, details = {} }: { times?: number; details?: object } = {},
): void {
  const { log, kinds } = tally
  const own = `${message} ${Object.values(fields).join(' ')}`
  const name = kinds.has(own) || kinds.size < mostKinds ? own : message
  const known = kinds.get(name)
  if (known !== undefined) {
    known.since += times
    known.details = details
    return
  }
  log.warn({ ...fields, ...details, ...(times > 1 && { times }) }, message)
  kinds.set(name, { fields: name === own ? fields : {}, details, since: 0 })
  outsideCalls(() => tellLater(tally, name, message))
}

/** The end of each period tells what it had; one without any is the end of the kind. */
function tellLater(tally: Tally, name: string, message: string): void {
  const { log, kinds, period } = tally
  setTimeout(() => {
    const kind = kinds.get(name)
    if (kind === undefined || kind.since === 0) {
      kinds.delete(name)
      return
    }
    log.warn({ ...kind.fields, ...kind.details, times: kind.since, seconds: period / 1_000 }, message)
    kind.since = 0
    tellLater(tally, name, message)
  }, period).unref()
}
