import { Problem } from '../errors/problem.ts'
import type { Queries } from '../storage/database/queries.ts'
import { moveLinks } from '../storage/links/moved/move-links.ts'
import { moveMirror } from '../storage/links/moved/move-mirror.ts'
import { noteKeys } from '../storage/links/moved/note-keys.ts'
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
 * former keys are moved, in steps of a transaction each. If anything ends this early, the keys are known, links that have not
 * moved are found under each of them, and the same call again goes on from there. Throws Problem `database-busy` if a transaction
 * that writes links stays open for long.
 *
 * No link is lost: statements that do not know the keys yet have ended before a link moves, and those that know them look for it
 * under every key.
 */
export async function noteMove(
  database: Queries,
  applicationId: string,
  { issueId, key: told, formerKeys: toldFormer }: Move,
  { linksOfStep = stepLinks, wait = longestWait } = {},
): Promise<NotedMove> {
  const key = parseIssueKey(told)
  if (key === undefined || issueId === '')
    throw new Error(`A move to ${JSON.stringify(told)} was told, which is no issue key`)
  const given = toldFormer.flatMap(text => parseIssueKey(text) ?? [])
  const formerKeys = await noteKeys(database, applicationId, { issueId, key, formerKeys: given })
  if (!(await untilWritersEnd(database, ['link', 'link_mirror'], wait)))
    throw new Problem(
      'database-busy',
      'A transaction that writes links stays open: links of the former key stay there.',
    )
  const noted = { key, formerKeys, links: 0, merged: 0 }
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
