import { countIntoDay } from '../../storage/reconciliation/issue-repairs.ts'
import type { Outcome } from '../../storage/reconciliation/plan-outcomes.ts'
import { TrackerError } from '../../tracker-client/tracker-error.ts'
import type { LinkOfBoth } from '../compare/compare-links.ts'
import { type BothSidesOfIssue, lookAtIssue } from '../compare/look-at-issue.ts'
import { whenDatabaseAnswers } from '../compare/patience.ts'
import { type PlanLine, readPrecondition } from '../compare/plan-line.ts'
import type { OpenRun } from '../compare/run-ground.ts'
import { stillHolds, stillHoldsMoved } from '../difference.ts'
import { carryOutMove } from './carry-out-move.ts'
import { createHere, removeHere } from './repair-here.ts'
import { repairTracker } from './repair-tracker.ts'

/** Repairs that a run may still make. */
export type RepairsLeft = { left: number }

type Outcomes = Map<number, Outcome>

/** Applies lines of one issue, each if all is still as its precondition says, and returns what became of each. */
export async function applyIssue(run: OpenRun, lines: readonly PlanLine[], repairs: RepairsLeft): Promise<Outcomes> {
  const outcomes: Outcomes = new Map()
  for (const line of lines) if (line.kind === 'moved') outcomes.set(line.number, await carryOutMove(run, line))
  const links = lines.filter(({ kind }) => kind !== 'moved')
  const [first] = links
  if (first === undefined) return outcomes
  const formerKeys = lines.flatMap(({ formerKey }) => formerKey ?? [])
  const issue = { issueKey: first.issueKey, issueId: first.issueId, formerKeys }
  try {
    const since = await whenDatabaseAnswers(run.signal, () => run.feed.latest(run.application.id))
    const sides = await lookAtIssue(run, { key: issue.issueKey, formerKeys, since })
    await applyLinks(run, issue, { lines: links, sides, repairs, outcomes })
  } catch (error) {
    if (!(error instanceof TrackerError) || error.status === 401) throw error
    for (const { number } of links) if (!outcomes.has(number)) outcomes.set(number, 'unreadable')
  }
  return outcomes
}

type Issue = { issueKey: string; issueId: string | undefined; formerKeys: readonly string[] }
type Work = { lines: readonly PlanLine[]; sides: BothSidesOfIssue; repairs: RepairsLeft; outcomes: Outcomes }
type LineOfLink = { line: PlanLine; link: LinkOfBoth }

async function applyLinks(run: OpenRun, issue: Issue, { lines, sides, repairs, outcomes }: Work): Promise<void> {
  const linkOf = new Map(sides.links.map(link => [link.remoteKey, link]))
  const hasMoved = issue.formerKeys.length > 0
  const holding: LineOfLink[] = []
  for (const line of lines) {
    const link = linkOf.get(line.remoteKey ?? '') ?? nothingKnown(line.remoteKey ?? '')
    if (!sides.isOpen && holds(line, link, hasMoved)) holding.push({ line, link })
    else outcomes.set(line.number, 'stale')
  }
  const { takeOver = [], repair = [] } = Object.groupBy(holding, ({ line }) =>
    isTakenOver(run, line) ? 'takeOver' : 'repair',
  )
  const granted = repair.slice(0, repairs.left)
  repairs.left -= granted.length
  for (const { line } of repair.slice(granted.length)) outcomes.set(line.number, 'capped')
  const all = [...takeOver, ...granted]
  const of = (side: string, action: string) =>
    all.filter(({ line }) => line.repair?.side === side && line.repair.action === action)
  const create = of('here', 'create')
  const remove = of('here', 'remove')
  await whenDatabaseAnswers(run.signal, async () => {
    await createHere(run, issue, linksOf(create))
    await removeHere(run, issue, linksOf(remove))
  })
  for (const { line } of [...create, ...remove]) outcomes.set(line.number, 'done')
  await applyInTracker(
    run,
    issue,
    all.filter(({ line }) => line.repair?.side === 'tracker'),
    outcomes,
  )
}

const linksOf = (lines: readonly LineOfLink[]) => lines.map(({ link }) => link)

const nothingKnown = (remoteKey: string): LinkOfBoth => ({
  remoteKey,
  known: { here: 'absent', mirrored: undefined, isChanged: false },
  remoteLinkIds: [],
})

function holds({ precondition, why }: PlanLine, { known, remoteLinkIds }: LinkOfBoth, hasMoved: boolean): boolean {
  if (precondition === undefined || known.isChanged) return false
  const now = { here: known.here, mirrored: known.mirrored, inTracker: remoteLinkIds }
  const written = readPrecondition(precondition)
  return stillHolds(written, now) || (hasMoved && stillHoldsMoved(written, why, now))
}

/** What a new installation takes over is no repair of a difference, and has no cap. */
const isTakenOver = ({ position }: OpenRun, { repair }: PlanLine) =>
  position.isNew === true && repair?.side === 'here' && repair.action === 'create'

async function applyInTracker(
  run: OpenRun,
  { issueKey }: Issue,
  wanted: readonly LineOfLink[],
  outcomes: Outcomes,
): Promise<void> {
  if (wanted.length === 0) return
  const { database, application, position, signal } = run
  const most = position.options.mostPerIssue
  const day = { wanted: wanted.length, most }
  const granted = await whenDatabaseAnswers(signal, () => countIntoDay(database, application.id, issueKey, day))
  for (const { line } of wanted.slice(granted)) outcomes.set(line.number, 'capped')
  const now = wanted.slice(0, granted)
  if (now.length === 0) return
  const ended = await repairTracker(
    run,
    issueKey,
    now.map(({ link }) => link),
  )
  for (const { line, link } of now) outcomes.set(line.number, ended.get(link.remoteKey) ?? 'failed')
}
