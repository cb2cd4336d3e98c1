import type { Logger } from '../logging/logger.ts'

/**
 * What happens too often for a record each: the first of a kind is logged as it comes, and what follows within a minute as one
 * record with its number.
 */
export type Tally = { log: Logger; counts: Map<string, { fields: object; message: string; count: number }> }

const period = 60_000

export const createTally = (log: Logger): Tally => ({ log, counts: new Map() })

/** Notes an event, or several. Those with the same fields and message are one kind; there may be some dozens of kinds. */
export function note({ log, counts }: Tally, fields: Record<string, string>, message: string, times = 1): void {
  const kind = `${message} ${Object.values(fields).join(' ')}`
  const known = counts.get(kind)
  if (known !== undefined) {
    known.count += times
    return
  }
  log.warn(times > 1 ? { ...fields, times } : fields, message)
  const fresh = { fields, message, count: 0 }
  counts.set(kind, fresh)
  const tell = () => {
    if (fresh.count === 0) {
      counts.delete(kind)
      return
    }
    log.warn({ ...fields, times: fresh.count, seconds: period / 1_000 }, message)
    fresh.count = 0
    setTimeout(tell, period).unref()
  }
  setTimeout(tell, period).unref()
}
