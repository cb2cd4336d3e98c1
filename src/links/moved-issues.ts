import { Problem } from '../errors/problem.ts'
import type { Queries } from '../storage/database/queries.ts'
import { moveLinks } from '../storage/links/moved/move-links.ts'
import { moveMirror } from '../storage/links/moved/move-mirror.ts'
import { type MovedIssue, noteKeys } from '../storage/links/moved/note-keys.ts'
import { untilWritersEnd } from '../storage/links/open-writers.ts'
import { type IssueKey, parseIssueKey } from '../tracker-contract/issue-key.ts'

/** An issue that was moved, as Tracker tells it: its id, its present key, and keys that it had before. */
export type Move = { issueId: string; key: string; formerKeys: readonly string[] }

/** What was moved: the former keys of the issue, how many links they had, and how many of these the present key had as well. */
export type NotedMove = { key: IssueKey; formerKeys: IssueKey[]; links: number; merged: number }

/** Links of one step: few enough that nobody waits long for their locks. */
const stepLinks = 1_000
/** Milliseconds to wait for the transactions that write links and do not know the move yet. */
const longestWait = 5_000

/**
 * From now on an issue is one issue under all its keys: what names a former one means the present one. Then the links of the
 * former keys are moved. If anything ends this early, the keys are known, links that have not moved are found under each of
 * them, and the same call again goes on from there. Throws Problem `database-busy` if a transaction that writes links stays open
 * for long.
 */
export async function noteMove(
  database: Queries,
  applicationId: string,
  move: Move,
  options?: Parameters<typeof moveToPresentKey>[3],
): Promise<NotedMove> {
  return moveToPresentKey(database, applicationId, await noteMovedKeys(database, applicationId, move), options)
}

/** The first half of `noteMove`: stores the keys. `moveToPresentKey` is the second. */
export async function noteMovedKeys(database: Queries, applicationId: string, move: Move): Promise<MovedIssue> {
  const key = parseIssueKey(move.key)
  const { issueId } = move
  if (key === undefined || issueId === '')
    throw new Error(`A move to ${JSON.stringify(move.key)} was told: no issue key`)
  const told = move.formerKeys.flatMap(text => parseIssueKey(text) ?? [])
  return { issueId, key, formerKeys: await noteKeys(database, applicationId, { issueId, key, formerKeys: told }) }
}

/**
 * Moves the links of an issue whose keys are stored, in steps of a transaction each. No link is lost: statements that do not know
 * the keys yet have ended before a link moves, and those that know them look for it under every key.
 */
export async function moveToPresentKey(
  database: Queries,
  applicationId: string,
  { issueId, key, formerKeys }: MovedIssue,
  { linksOfStep = stepLinks, wait = longestWait } = {},
): Promise<NotedMove> {
  if (!(await untilWritersEnd(database, ['link', 'link_mirror'], wait)))
    throw new Problem('database-busy', 'A transaction that writes links stays open: links of a former key stay there.')
  const noted = { key, formerKeys: [...formerKeys], links: 0, merged: 0 }
  for (const former of formerKeys) {
    for (;;) {
      const step = await moveLinks(database, applicationId, { issueId, former }, linksOfStep)
      if (step === undefined) break
      noted.links += step.links
      noted.merged += step.merged
    }
    while (await moveMirror(database, applicationId, { issueId, former }, linksOfStep));
  }
  return noted
}
