import type { CallTracker } from './call-tracker.ts'
import type { FieldValue } from './field-changes.ts'
import { listOf } from './read-fields.ts'

/** What issues can be scrolled by; with `filter` in an order (`['-updated']`). */
export type ScrollCriteria =
  | { filter: { readonly [field: string]: FieldValue | readonly FieldValue[] }; order?: readonly string[] }
  | { query: string }
  | { filterId: string }

/** What issues are searched by: one of the ways of Tracker's `_search`. */
export type SearchCriteria = ScrollCriteria | { keys: readonly string[] } | { queue: string }

const scrollTtlMs = 60_000

/**
 * Pages of a search whose result Tracker keeps, so that it may have any length (tracker contract, section 10). It is freed when
 * reading ends, even early. Throws TrackerError.
 */
export async function* scrollIssues<T>(
  call: CallTracker,
  criteria: ScrollCriteria,
  perScroll: number | undefined,
  read: (issue: unknown) => T,
): AsyncGenerator<T[]> {
  const request = { method: 'POST', path: ['issues', '_search'], body: criteria, budget: 'search' } as const
  const kind = { scrollType: isSorted(criteria) ? 'sorted' : 'unsorted', perScroll, scrollTTLMillis: scrollTtlMs }
  let answer = await call({ ...request, query: kind, repeatable: true })
  const scrolls: Record<string, string> = {}
  try {
    while (true) {
      const { 'x-scroll-id': id, 'x-scroll-token': token } = answer.headers
      if (id !== undefined && token !== undefined) scrolls[id] = token
      const issues = listOf(answer.body, 'the issues found', read)
      if (issues.length > 0) yield issues
      if (issues.length === 0 || id === undefined) return
      // Not sent twice: the answer to the second would be the next page, and one would be lost.
      answer = await call({ ...request, query: { scrollId: id, scrollTTLMillis: scrollTtlMs } })
    }
  } finally {
    if (Object.keys(scrolls).length > 0) await clearScrolls(call, scrolls)
  }
}

/** Whether an order is asked for: Tracker keeps it only in a sorted scroll, which is slower. */
const isSorted = (criteria: ScrollCriteria) =>
  'order' in criteria || ('query' in criteria && /"sort by"/i.test(criteria.query))

/** Frees what Tracker keeps for a search. A failure does no harm: Tracker frees it itself after a minute. */
async function clearScrolls(call: CallTracker, scrolls: Record<string, string>): Promise<void> {
  const path = ['system', 'search', 'scroll', '_clear']
  await call({ method: 'POST', path, body: scrolls, budget: 'search' }).catch(() => undefined)
}
