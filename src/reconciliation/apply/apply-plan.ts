import { countOutcomes, countRepairs, openLines, storeOutcomes } from '../../storage/reconciliation/plan-outcomes.ts'
import { storeProgress } from '../../storage/reconciliation/run-progress.ts'
import { whenDatabaseAnswers } from '../compare/patience.ts'
import type { PlanLine } from '../compare/plan-line.ts'
import type { OpenRun } from '../compare/run-ground.ts'
import { applyIssue, type RepairsLeft } from './apply-issue.ts'

/** Lines that are read at once, and issues that are worked on at once. */
const atOnce = { lines: 5_000, issues: 8 }

/** Applies the lines of a plan of which nothing has become yet, each once. */
export async function applyPlan(run: OpenRun): Promise<void> {
  const { database, planId, position, signal } = run
  const { repairs: inAll, open } = await whenDatabaseAnswers(signal, () => countRepairs(database, planId))
  const made = run.counts.repaired ?? 0
  const repairs: RepairsLeft = { left: Math.max(0, position.options.mostRepairs - made) }
  const applying: Applying = { run, repairs, done: inAll - open, inAll }
  for (let after = 0; ; ) {
    const stored = await whenDatabaseAnswers(signal, () => openLines(database, planId, { after, limit: atOnce.lines }))
    const last = stored.at(-1)
    if (last === undefined) break
    await applyLines(
      applying,
      stored.map(({ line }) => line as PlanLine),
    )
    after = last.number
  }
  await storeCounts(run)
}

type Applying = { run: OpenRun; repairs: RepairsLeft; done: number; inAll: number }

async function applyLines(applying: Applying, lines: readonly PlanLine[]): Promise<void> {
  const issues = Map.groupBy(lines, ({ issueKey }) => issueKey).values()
  let failure: { error: unknown } | undefined
  const work = async () => {
    for (const issue of issues) {
      applying.run.signal.throwIfAborted()
      if (failure) return
      await applyAndStore(applying, issue)
    }
  }
  await Promise.all(
    Array.from({ length: atOnce.issues }, () =>
      work().catch((error: unknown) => {
        failure ??= { error }
      }),
    ),
  )
  if (failure) throw failure.error
}

async function applyAndStore(applying: Applying, lines: readonly PlanLine[]): Promise<void> {
  const { run, repairs } = applying
  const outcomes = await applyIssue(run, lines, repairs)
  await whenDatabaseAnswers(run.signal, () => storeOutcomes(run.database, run.held, run.planId, outcomes))
  applying.done += lines.length
  for (const line of lines) run.listener.outcome?.(line, outcomes.get(line.number) ?? 'failed')
  run.listener.progress?.({ phase: 'apply', done: applying.done, inAll: applying.inAll, secondsLeft: undefined })
}

/** How often each outcome is in the plan, by the names of the counts. */
async function storeCounts(run: OpenRun): Promise<void> {
  const { database, held, planId, signal } = run
  await whenDatabaseAnswers(signal, async () => {
    const { done = 0, ...others } = await countOutcomes(database, planId)
    run.counts = { ...run.counts, repaired: done, ...others }
    await storeProgress(database, held, run)
  })
}
