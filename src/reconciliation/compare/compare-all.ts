import { storeProgress } from '../../storage/reconciliation/run-progress.ts'
import type { RunScope } from '../../storage/reconciliation/start-run.ts'
import { compareIssue, type FeedMark, type IssueResult } from './compare-issue.ts'
import { findIssues, readIssueText, weightOf } from './find-issues.ts'
import { patiently, whenDatabaseAnswers } from './patience.ts'
import type { PlanLine } from './plan-line.ts'
import { type Pace, secondsLeft } from './remaining-time.ts'
import type { OpenRun } from './run-ground.ts'

/** Issues that are asked for at once: enough to use up the rate if an answer takes a second or two. */
const mostAtOnce = 16
/** Issues that were asked for and are not stored: so many are asked for again if the process dies. */
const mostUnstored = 40
/** What has come in is stored after so many issues, or milliseconds. */
const storeAfter = { issues: 10, milliseconds: 1_000 }

type Comparing = {
  run: OpenRun
  issues: readonly string[]
  mark: FeedMark
  /** Positions in `issues`: the next to be asked for, and the first that is not stored. */
  next: number
  unstored: number
  /** What has come in and is not stored, by position. */
  results: Map<number, IssueResult>
  storedAt: number
  storing: Promise<void> | undefined
  /** Resolved whenever something was stored. */
  stored: PromiseWithResolvers<void>
  /** What stopped a worker; the others stop as well. */
  failure: { error: unknown } | undefined
  pace: Pace
  weightDone: number
  weightInAll: number
}

/** Compares all issues of a scope, those first that a run that was cut off did not store. */
export async function compareAll(run: OpenRun, scope: RunScope): Promise<void> {
  const { database, application, calls, patience, feed, signal } = run
  // A wrong token or organization is told once, before any issue.
  await patiently(patience, () => calls.users.myself())
  const issues = await patiently(patience, () =>
    whenDatabaseAnswers(signal, () => findIssues(calls.issues, database, application.id, scope)),
  )
  const mark = {
    latest: await whenDatabaseAnswers(signal, async () => (await feed.end(application.id)).place?.id ?? 0n),
  }
  const comparing = begin(run, issues, mark)
  run.counts.issuesInAll = issues.length
  await workAtOnce(comparing)
  while (comparing.storing !== undefined || comparing.results.size > 0) await store(comparing)
  const { place } = await whenDatabaseAnswers(signal, () => feed.end(application.id))
  run.position = {
    ...run.position,
    isCompared: true,
    ...(place && { watermark: { id: `${place.id}`, occurredAt: place.occurredAt.toISOString() } }),
  }
  await whenDatabaseAnswers(signal, () => storeProgress(database, run.held, run))
}

function begin(run: OpenRun, issues: readonly string[], mark: FeedMark): Comparing {
  const { after } = run.position
  const behind = after === undefined ? 0 : issues.findIndex(text => readIssueText(text).key > after)
  const next = behind === -1 ? issues.length : behind
  const weightDone = weightOfAll(issues.slice(0, next))
  const now = performance.now()
  return {
    run,
    issues,
    mark,
    next,
    unstored: next,
    results: new Map(),
    storedAt: now,
    storing: undefined,
    stored: Promise.withResolvers(),
    failure: undefined,
    pace: { began: now, doneBefore: weightDone },
    weightDone,
    weightInAll: weightOfAll(issues),
  }
}

const weightOfAll = (some: readonly string[]) => some.reduce((sum, text) => sum + weightOf(text), 0)

/** Ends once nothing is in flight. Throws what stopped it. */
async function workAtOnce(comparing: Comparing): Promise<void> {
  const wake = () => comparing.stored.resolve()
  comparing.run.signal.addEventListener('abort', wake)
  const failed = (error: unknown) => {
    comparing.failure ??= { error }
    wake()
  }
  await Promise.all(Array.from({ length: mostAtOnce }, () => work(comparing).catch(failed)))
  comparing.run.signal.removeEventListener('abort', wake)
  if (comparing.failure) throw comparing.failure.error
}

/** One of several workers: takes the next issue until none is left. */
async function work(comparing: Comparing): Promise<void> {
  const { run, issues, results } = comparing
  for (;;) {
    while (isFull(comparing) && isGoingOn(comparing))
      await (isToStore(comparing) ? store(comparing) : comparing.stored.promise)
    run.signal.throwIfAborted()
    if (comparing.failure) return
    const place = comparing.next++
    const text = issues[place]
    if (text === undefined) return
    results.set(place, await compareIssue(run, comparing.mark, readIssueText(text)))
    comparing.weightDone += weightOf(text)
    if (isToStore(comparing)) await store(comparing)
  }
}

/** Whether the next issue has to wait until others are stored; behind the last there is none. */
const isFull = ({ next, unstored, issues }: Comparing) => next < issues.length && next - unstored >= mostUnstored

const isGoingOn = ({ failure, run: { signal } }: Comparing) => failure === undefined && !signal.aborted

function isToStore({ results, unstored, storedAt, next }: Comparing): boolean {
  if (!results.has(unstored)) return false
  return (
    results.size >= storeAfter.issues ||
    next - unstored >= mostUnstored ||
    performance.now() - storedAt > storeAfter.milliseconds
  )
}

/** Stores what has come in without a gap. One at a time does. */
async function store(comparing: Comparing): Promise<void> {
  if (comparing.storing !== undefined) return await comparing.storing
  comparing.storing = storeNext(comparing).finally(() => {
    comparing.storing = undefined
  })
  await comparing.storing
}

async function storeNext(comparing: Comparing): Promise<void> {
  const { run, results, unstored, issues } = comparing
  const ready: IssueResult[] = []
  for (let result = results.get(unstored); result !== undefined; result = results.get(unstored + ready.length))
    ready.push(result)
  const last = issues[unstored + ready.length - 1]
  if (ready.length === 0 || last === undefined) return
  const counts = { ...run.counts }
  for (const result of ready)
    for (const [name, count] of Object.entries(result.counts)) counts[name] = (counts[name] ?? 0) + count
  const lines = ready
    .flatMap(result => result.lines)
    .map((line, index): PlanLine => ({ number: (run.counts.lines ?? 0) + index + 1, ...line }))
  counts.lines = (counts.lines ?? 0) + lines.length
  const seconds = secondsLeft(comparing.pace, {
    done: comparing.weightDone,
    inAll: comparing.weightInAll,
    now: performance.now(),
  })
  if (seconds !== undefined) counts.secondsLeft = Math.round(seconds)
  const position = { ...run.position, after: readIssueText(last).key }
  await whenDatabaseAnswers(run.signal, () => storeProgress(run.database, run.held, { position, counts }, lines))
  run.counts = counts
  run.position = position
  for (let place = unstored; place < unstored + ready.length; place++) results.delete(place)
  comparing.unstored += ready.length
  comparing.storedAt = performance.now()
  comparing.stored.resolve()
  comparing.stored = Promise.withResolvers()
  tell(comparing, ready, lines, seconds)
}

function tell(
  { run: { listener, counts }, issues }: Comparing,
  ready: readonly IssueResult[],
  lines: readonly PlanLine[],
  seconds: number | undefined,
): void {
  if (lines.length > 0) listener.lines?.(lines)
  for (const { issueKey, busy } of ready) if (busy.length > 0) listener.busy?.(issueKey, busy)
  listener.progress?.({
    phase: 'compare',
    done: counts.issues ?? 0,
    inAll: issues.length,
    secondsLeft: seconds,
  })
}
