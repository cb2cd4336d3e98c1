/** Milliseconds in which a look is shared: a monitoring loop must not flood the sources. */
const sharedFor = 2_000

/**
 * Looks of which callers that come within two seconds, or while it goes on, share one by its name. A look that fails is shared by
 * those who wait for it, and by no one later.
 */
export function sharedLooks<T>(now: () => number): (name: string, look: () => Promise<T>) => Promise<T> {
  const looks = new Map<string, { result: Promise<T>; until: number }>()
  return (name, look) => {
    for (const [other, { until }] of looks) if (until <= now()) looks.delete(other)
    const known = looks.get(name)
    if (known) return known.result
    const entry = { result: look(), until: Number.POSITIVE_INFINITY }
    looks.set(name, entry)
    const keep = () => {
      entry.until = now() + sharedFor
    }
    const forget = () => {
      looks.delete(name)
    }
    entry.result.then(keep, forget)
    return entry.result
  }
}
