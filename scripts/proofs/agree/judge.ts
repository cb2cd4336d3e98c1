import type { Prisma } from '../../../src/storage/prisma-client/client.ts'
import type { PlayedTracker, Side } from '../both-sides/played-tracker.ts'
import { allowedStates, nameOf, type ProvedLink } from './ledger.ts'
import type { ProvedIssue } from './operations.ts'

type Database = { $queryRaw: <T>(query: TemplateStringsArray | Prisma.Sql, ...values: unknown[]) => Promise<T> }

/** How often each link is on either side, by `nameOf`. */
export type BothSides = { here: Map<string, number>; tracker: Map<string, number>; strange: string[] }

/** Reads both sides whole. */
export async function readSides(
  database: Database,
  tracker: PlayedTracker,
  issues: readonly ProvedIssue[],
): Promise<BothSides> {
  const numbers = new Map(issues.flatMap(({ id, keys }, at) => [id, ...keys].map(name => [name, at] as const)))
  const rows = await database.$queryRaw<{ issue_key: string; remote_key: string }[]>`
    SELECT issue_key, remote_key FROM link WHERE application_id = 'crm'`
  const { remoteLinks } = await tracker.world()
  const strange = [...rows.map(row => row.issue_key), ...remoteLinks.map(link => link.issueId)].filter(
    name => !numbers.has(name),
  )
  return {
    here: countNames(rows.map(row => nameOf(numbers.get(row.issue_key) ?? row.issue_key, row.remote_key))),
    tracker: countNames(remoteLinks.map(link => nameOf(numbers.get(link.issueId) ?? link.issueId, link.key))),
    strange,
  }
}

/** What the history says of a link: who changed it when. */
export async function historyOf(database: Database, keys: readonly string[], remoteKey: string): Promise<string> {
  const events = await database.$queryRaw<{ text: string }[]>`
    SELECT to_char(occurred_at, 'HH24:MI:SS.MS') || ' ' || kind || ' by ' || actor_kind || ' under ' || issue_key AS text
    FROM link_event
    WHERE application_id = 'crm' AND issue_key = ANY (${keys}) AND remote_key = ${remoteKey}
    ORDER BY id DESC LIMIT 6`
  return events
    .map(({ text }) => text)
    .toReversed()
    .join('; ')
}

function countNames(names: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
  return counts
}

const sideOf = (counts: Map<string, number>, name: string): Side => (counts.has(name) ? 'linked' : 'absent')

/** A link with which something is wrong, in words. */
export type Wrong = { link: ProvedLink; told: string }
export type Verdict = { different: Wrong[]; lost: Wrong[]; doubled: Wrong[]; strange: string[] }

/** What is wrong with links of which nobody changes anything any more. */
export function judge(links: readonly ProvedLink[], { here, tracker, strange }: BothSides): Verdict {
  const verdict: Verdict = { different: [], lost: [], doubled: [], strange }
  for (const link of links) {
    const name = nameOf(link.issue, link.key)
    const sides = [sideOf(here, name), sideOf(tracker, name)] as const
    const told = `${name} (${link.owner}; acknowledged here ${link.here}, in Tracker ${link.tracker}; is here ${sides[0]}, in Tracker ${sides[1]})`
    if (sides[0] !== sides[1]) verdict.different.push({ link, told })
    else if (!allowedStates(link).includes(sides[0])) verdict.lost.push({ link, told })
    if ((here.get(name) ?? 0) > 1 || (tracker.get(name) ?? 0) > 1) verdict.doubled.push({ link, told })
  }
  return verdict
}
