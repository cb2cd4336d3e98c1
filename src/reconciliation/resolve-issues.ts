import type { TrackerClient } from '../tracker-client/create-tracker-client.ts'
import { TrackerError } from '../tracker-client/tracker-error.ts'
import { parseIssueKey } from '../tracker-contract/issue-key.ts'

/** The id of an issue by any of its names; the name itself if Tracker shows no such issue. */
export type IssueIds = (name: string) => string

/** Keys per search. */
const keysAtOnce = 100

/**
 * Finds out which issues are named. An id stands for itself and costs nothing. A hundred keys cost one search, which finds only
 * present keys; each key that it does not find, perhaps a former one, costs one request. Throws TrackerError.
 */
export async function resolveIssues(tracker: TrackerClient, names: Iterable<string>): Promise<IssueIds> {
  const keys = [...new Set(names)].filter(name => parseIssueKey(name) !== undefined)
  const ids = new Map<string, string>()
  for (let start = 0; start < keys.length; start += keysAtOnce)
    await unlessHidden(async () => {
      const found = tracker.issues.search({ keys: keys.slice(start, start + keysAtOnce) }, { perPage: keysAtOnce })
      for await (const page of found) for (const { key, id } of page) ids.set(key, id.toLowerCase())
    })
  for (const key of keys)
    if (!ids.has(key))
      await unlessHidden(async () => {
        ids.set(key, (await tracker.issues.get(key)).id.toLowerCase())
      })
  return name => ids.get(name) ?? name
}

/** An issue that Tracker does not show, or not in a search, stays unresolved. */
async function unlessHidden(ask: () => Promise<void>): Promise<void> {
  try {
    await ask()
  } catch (error) {
    const { status = 500 } = error instanceof TrackerError ? error : {}
    if (status === 401 || status === 429 || status >= 500) throw error
  }
}
