import type { Settings } from '../world/settings.ts'

/** Tracker counts two kinds of requests: search, count, export and bulk; and all others. */
export type RequestKind = 'search' | 'other'

export const kindOf = (address: string): RequestKind =>
  /\/(_search|_count|_suggest|_export|bulkchange|system\/search)\b/.test(address) ? 'search' : 'other'

type Second = { at: string; search: number; other: number; refused: number }

/** Seconds that are remembered. */
const secondsMost = 3600

export type RequestCounts = ReturnType<typeof createRequestCounts>

/** Counts what is asked of the API, so that a client's rate can be measured, and limits it where a limit is set. */
export function createRequestCounts() {
  let seconds = new Map<number, Second>()
  let most = { search: 0, other: 0 }
  let calls = new Map<string, Record<string, number>>()
  /** Moments of the last second, in milliseconds of a clock that nobody sets. */
  const asked = { search: [] as number[], other: [] as number[] }
  const taken = { search: [] as number[], other: [] as number[] }

  function thisSecond(): Second {
    const now = Math.floor(Date.now() / 1000)
    const second = seconds.get(now) ?? { at: new Date(now * 1000).toISOString(), search: 0, other: 0, refused: 0 }
    seconds.set(now, second)
    for (const old of seconds.keys()) {
      if (seconds.size <= secondsMost) break
      seconds.delete(old)
    }
    return second
  }

  return {
    /** Counts a request; false where it is over the limit. */
    admit(kind: RequestKind, limit: Settings['rateLimit']): boolean {
      const now = performance.now()
      for (const times of [asked[kind], taken[kind]])
        while (times[0] !== undefined && times[0] <= now - 1000) times.shift()
      asked[kind].push(now)
      most[kind] = Math.max(most[kind], asked[kind].length)
      const second = thisSecond()
      second[kind]++
      if (limit && taken[kind].length >= limit[kind]) {
        second.refused++
        return false
      }
      taken[kind].push(now)
      return true
    },

    /** Counts an answer, by the route and the status. */
    answered(route: string, status: number): void {
      const statuses = calls.get(route) ?? {}
      statuses[status] = (statuses[status] ?? 0) + 1
      calls.set(route, statuses)
    },

    /** `most`: the requests of the fullest second, wherever it began, refused ones included. */
    read: () => ({ most, calls: Object.fromEntries(calls), seconds: [...seconds.values()] }),

    clear(): void {
      seconds = new Map()
      most = { search: 0, other: 0 }
      calls = new Map()
    },
  }
}
