import type { CallTracker, Query } from './call-tracker.ts'
import { readChangelog } from './changelog.ts'
import type { FieldChanges } from './field-changes.ts'
import { type Issue, readIssue } from './issue.ts'
import { pages } from './pages.ts'
import { listOf, neededText } from './read-fields.ts'
import { type ScrollCriteria, type SearchCriteria, scrollIssues } from './search-issues.ts'

/** Calls about issues, each named by its key, a former key or its id (tracker contract, sections 8 to 11). */
export const issueCalls = (call: CallTracker) => ({ ...findCalls(call), ...changeCalls(call) })

const findCalls = (call: CallTracker) => ({
  async get(issue: string, { expand }: { expand?: string } = {}): Promise<Issue> {
    return readIssue((await call({ method: 'GET', path: ['issues', issue], query: { expand } })).body)
  },

  /** Issues page by page, 10,000 at most; `scroll` gives all. Changes in the meantime may shift the pages. */
  search: (criteria: SearchCriteria, { perPage, expand }: { perPage?: number; expand?: string } = {}) =>
    pages(call, { ...searching('_search', criteria), query: { perPage, expand } }, 'the issues found', readIssue),

  /** All issues, however many, as they were at the first page. */
  scroll: (criteria: ScrollCriteria, { perScroll }: { perScroll?: number } = {}) =>
    scrollIssues(call, criteria, perScroll, readIssue),

  /** The issue that was created with this `unique` value. */
  async findByUnique(unique: string): Promise<Issue> {
    const query = { unique }
    return readIssue((await call({ method: 'POST', path: ['issues', '_findByUnique'], query, repeatable: true })).body)
  },

  /** Issues to suggest while somebody is typing a key or a summary. */
  async suggest(input: string): Promise<Issue[]> {
    const request = { method: 'GET', path: ['issues', '_suggest'], query: { input }, budget: 'search' } as const
    return listOf((await call(request)).body, 'the issues to offer', readIssue)
  },

  async count(criteria: SearchCriteria): Promise<number> {
    const { body } = await call(searching('_count', criteria))
    return Number(neededText(body, 'the number of issues'))
  },

  changelog: (issue: string, options: Parameters<typeof readChangelog>[2] = {}) => readChangelog(call, issue, options),
})

const changeCalls = (call: CallTracker) => ({
  async create(fields: FieldChanges): Promise<Issue> {
    return readIssue((await call({ method: 'POST', path: ['issues', ''], body: fields })).body)
  },

  /**
   * Changes fields; with `version` or `ifMatch` only if that is still the issue's version. `version` goes into the address, and a
   * stale one is refused with 409; `ifMatch` goes into the header `If-Match`, and a stale one is refused with 412.
   */
  async change(
    issue: string,
    changes: FieldChanges,
    { version, ifMatch }: { version?: number; ifMatch?: number } = {},
  ): Promise<Issue> {
    const headers = ifMatch === undefined ? {} : { 'if-match': `"${ifMatch}"` }
    const path = ['issues', issue]
    return readIssue((await call({ method: 'PATCH', path, query: { version }, headers, body: changes })).body)
  },

  /** Moves an issue to another queue: its key changes, the former one becomes an alias. */
  async move(issue: string, queue: string, options: MoveOptions = {}): Promise<Issue> {
    const query: Query = { queue, ...options }
    return readIssue((await call({ method: 'POST', path: ['issues', issue, '_move'], query })).body)
  },
})

export type MoveOptions = {
  notify?: boolean
  notifyAuthor?: boolean
  moveAllFields?: boolean
  initialStatus?: boolean
  expand?: string
}

const searching = (action: '_search' | '_count', criteria: SearchCriteria) =>
  ({ method: 'POST', path: ['issues', action], body: criteria, budget: 'search', repeatable: true }) as const
