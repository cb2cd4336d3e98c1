import { LRUCache } from 'lru-cache'
import type { Application } from '../config/schema.ts'
import type { Logger } from '../logging/logger.ts'
import type { Queries } from '../storage/database/queries.ts'
import type { LinkKeys } from '../storage/links/link-keys.ts'
import { hasLinks } from '../storage/links/list-links.ts'
import { type IssueKey, parseIssueKey } from '../tracker-contract/issue-key.ts'
import { moveToPresentKey, noteMovedKeys } from './moved-issues.ts'

/** An issue as Tracker knows it; `aliases` are the keys that it had before. */
export type KnownIssue = { id: string; key: string; aliases: readonly string[] }

/** Asks Tracker for an issue, by any of its keys or its id; undefined: there is none. Throws if Tracker gives no answer. */
export type FindIssue = (issue: string) => Promise<KnownIssue | undefined>

/** How the Tracker of an application is asked; undefined: the application has no organization. */
export type FindIssueOf = (application: Application) => FindIssue | undefined

/** What is known of moves: questions in flight, and issues of which Tracker said a moment ago that no move is to be noted. */
export type MoveSearch = {
  database: Queries
  log: Logger
  findIssueOf: FindIssueOf
  /** Milliseconds that a call may wait for Tracker. */
  longest: number
  inFlight: Map<string, Promise<Found>>
  unmoved: LRUCache<string, true>
}

/**
 * What came of a search: a move was noted; none is to be noted; Tracker gave no answer in time. Undefined: there was nobody to
 * ask, or nothing to ask for.
 */
export type Found = 'moved' | 'unmoved' | 'unresolved'

/** Milliseconds. Tracker documents no limit for our answer, and waits in it for its own. */
const longestSearch = 2_000
/** Questions at once; a removal for which there is no room is not resolved. */
const mostInFlight = 16
const unmovedMs = 10_000

export const openMoveSearch = (
  options: Pick<MoveSearch, 'database' | 'log' | 'findIssueOf'> & { longest?: number },
): MoveSearch => ({
  longest: longestSearch,
  ...options,
  inFlight: new Map(),
  unmoved: new LRUCache({ max: 10_000, ttl: unmovedMs }),
})

/**
 * Looks whether the issue of a link that is not stored was moved, so that the link is stored under another key. Tracker is asked
 * only if another issue is linked to the object, for one issue once at a time, and not again within ten seconds.
 */
export async function findMove(
  search: MoveSearch,
  application: Application,
  links: readonly LinkKeys[],
): Promise<Found | undefined> {
  const findIssue = search.findIssueOf(application)
  if (findIssue === undefined) return undefined
  const remoteKeys = links.map(link => link.remoteKey)
  if (!(await hasLinks(search.database, application.id, { remoteKeys }))) return undefined
  const issues = [...new Set(links.map(link => link.issueKey))]
  const found = await Promise.all(
    issues.map(issueKey => inTime(search, askOnce(search, application, issueKey, findIssue))),
  )
  return found.find(one => one === 'moved') ?? found.find(one => one === 'unresolved') ?? 'unmoved'
}

async function askOnce(
  search: MoveSearch,
  { id }: Application,
  issueKey: IssueKey,
  findIssue: FindIssue,
): Promise<Found> {
  const { inFlight, unmoved, log } = search
  const name = `${id} ${issueKey}`
  if (unmoved.has(name)) return 'unmoved'
  const asked = inFlight.get(name)
  if (asked) return asked
  if (inFlight.size >= mostInFlight) return 'unresolved'
  const asking = ask(search, id, issueKey, findIssue)
    .catch((error: unknown): Found => {
      log.warn({ application: id, issueKey, err: error }, 'Tracker could not be asked whether an issue was moved')
      return 'unresolved'
    })
    .finally(() => inFlight.delete(name))
  inFlight.set(name, asking)
  const found = await asking
  if (found === 'unmoved') unmoved.set(name, true)
  return found
}

async function ask({ database, log }: MoveSearch, applicationId: string, issueKey: IssueKey, findIssue: FindIssue) {
  const issue = await findIssue(issueKey)
  if (issue === undefined) return 'unmoved'
  const others = [issue.key, ...issue.aliases]
    .flatMap(text => parseIssueKey(text) ?? [])
    .filter(key => key !== issueKey)
  if (others.length === 0 || !(await hasLinks(database, applicationId, { issueKeys: others }))) return 'unmoved'
  const move = { issueId: issue.id, key: issue.key, formerKeys: [...issue.aliases, issueKey] }
  const moved = await noteMovedKeys(database, applicationId, move)
  log.info(
    { application: applicationId, ...moved },
    'an issue was moved, as Tracker says: its links go to its present key',
  )
  // The keys are known, which is enough for a removal. Links that stay behind are found under each of them.
  moveToPresentKey(database, applicationId, moved).catch((error: unknown) =>
    log.warn(
      { application: applicationId, issueKey: moved.key, err: error },
      'links of a moved issue stay at a former key',
    ),
  )
  return 'moved'
}

async function inTime({ longest }: MoveSearch, found: Promise<Found>): Promise<Found> {
  const late = Promise.withResolvers<Found>()
  const timer = setTimeout(late.resolve, longest, 'unresolved')
  try {
    return await Promise.race([found, late.promise])
  } finally {
    clearTimeout(timer)
  }
}
