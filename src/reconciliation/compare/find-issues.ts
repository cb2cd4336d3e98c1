import type { Queries } from '../../storage/database/queries.ts'
import { linkedIssues } from '../../storage/reconciliation/known-links.ts'
import type { RunScope } from '../../storage/reconciliation/start-run.ts'
import type { TrackerClient } from '../../tracker-client/create-tracker-client.ts'
import type { ScrollCriteria } from '../../tracker-client/search-issues.ts'
import { parseIssueKey } from '../../tracker-contract/issue-key.ts'

/** An issue that is to be compared. `isFound`: a search has shown it, so that its present key is known. */
export type FoundIssue = { key: string; isFound: boolean; id: string | undefined; formerKeys: readonly string[] }

/** Issues of one request: an issue may have a long description. */
const perScroll = 500
const keysAtOnce = 5_000

/**
 * The issues of a scope, in the order of their keys, so that a run that was cut off goes on behind a key. They are kept as texts: there
 * may be a million. Issues with links here that the search did not show are among them: they may be moved, gone or unreadable.
 */
export async function findIssues(
  tracker: Pick<TrackerClient['issues'], 'scroll'>,
  database: Queries,
  applicationId: string,
  scope: RunScope,
): Promise<string[]> {
  if ('issue' in scope) return [writeIssue(scope.issue)]
  const issues: string[] = []
  const names = new Set<string>()
  for await (const page of tracker.scroll(criteriaOf(scope), { perScroll }))
    for (const { key, id, aliases } of page) {
      const formerKeys = aliases.flatMap(alias => parseIssueKey(alias) ?? [])
      if (names.has(key)) continue
      for (const name of [key, ...formerKeys]) names.add(name)
      issues.push(writeIssue(key, id, formerKeys))
    }
  // Of the issues of a query, only Tracker knows which they are.
  if (!('query' in scope))
    for await (const key of keysHere(database, applicationId))
      if (isInScope(scope, key) && !names.has(key)) issues.push(writeIssue(key))
  return issues.sort()
}

async function* keysHere(database: Queries, applicationId: string): AsyncGenerator<string> {
  for (let after = ''; ; ) {
    const keys = await linkedIssues(database, applicationId, { after, limit: keysAtOnce })
    yield* keys
    const last = keys.at(-1)
    if (last === undefined || keys.length < keysAtOnce) return
    after = last
  }
}

function criteriaOf(scope: Exclude<RunScope, { issue: string }>): ScrollCriteria {
  if ('query' in scope) return { query: scope.query }
  return { filter: 'queue' in scope ? { queue: scope.queue } : {} }
}

const isInScope = (scope: RunScope, key: string) => !('queue' in scope) || key.startsWith(`${scope.queue}-`)

// A space comes before all that a key may have, so the texts have the order of the keys.
const writeIssue = (key: string, id = '', formerKeys: readonly string[] = []) => [key, id, ...formerKeys].join(' ')

export function readIssueText(text: string): FoundIssue {
  const [key = '', id = '', ...formerKeys] = text.split(' ')
  return { key, isFound: id !== '', id: id || undefined, formerKeys }
}

/** How many requests an issue takes, as far as that is known before. */
export const weightOf = (text: string): number => (text.endsWith(' ') ? 2 : 1)
