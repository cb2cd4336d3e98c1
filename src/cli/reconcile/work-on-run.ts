import { Readable } from 'node:stream'
import type { Application } from '../../config/schema.ts'
import { Problem } from '../../errors/problem.ts'
import { carryOutRun, type WorkEnd } from '../../reconciliation/apply/carry-out-run.ts'
import { planFile } from '../../reconciliation/runs/plan-file.ts'
import { openTrackerClients } from '../../reconciliation/tracker-clients.ts'
import { StorageFault } from '../../storage/database/storage-fault.ts'
import { linkFeed } from '../../storage/links/link-feed.ts'
import type { Storage } from '../../storage/open-storage.ts'
import { countPlanLines, listPlanLines } from '../../storage/reconciliation/list-plan-lines.ts'
import { findRun, type StoredRun } from '../../storage/reconciliation/list-runs.ts'
import type { HeldRun, RunCounts } from '../../storage/reconciliation/run-progress.ts'
import { rateBudgetsOf } from '../../storage/work/rate-budget.ts'
import { type CliContext, type CommandInput, CommandRefusal } from '../command.ts'
import { onInterruption } from '../interruption.ts'
import { writeWholeFile } from '../links/write-file.ts'
import type { Program } from '../open-program.ts'
import { quietLog } from '../quiet-log.ts'
import { visible } from '../terminal-text.ts'
import { withStorage } from '../with-storage.ts'
import { countsText } from './line-text.ts'
import { tellReport } from './report.ts'
import { tellRun } from './tell-run.ts'

/** A command that works on a run itself, beside a server or without one. */
export type RunWork = {
  operation: 'reconcile' | 'reconcile apply'
  application: Application
  /** Whether it may change links: then the audit records it. */
  mayChange: boolean
  /** The run, held; undefined: there is nothing to do. Throws CommandRefusal. */
  hold: (storage: Storage) => Promise<HeldRun | undefined>
}

/** Exit codes: both sides agree; differences are left; it could not be done. */
const codes = { agree: 0, different: 1, couldNot: 2 } as const

/** Carries out a run and tells it. Returns the exit code. */
export async function workOnRun(
  input: CommandInput,
  context: CliContext,
  program: Program,
  { operation, application, mayChange, hold }: RunWork,
): Promise<number> {
  refuseWithoutOrganization(application)
  const change = { operation, applicationId: application.id }
  const work = async (storage: Storage) => {
    const held = await hold(storage)
    if (held === undefined) return codes.agree
    const ended = await carryOut(input, context, { program, application, storage, held })
    const run = await findRun(storage.prisma, held.id)
    if (run === undefined) throw new CommandRefusal(`Run ${held.id} is gone.`)
    return await tellEnd(input, context, { storage, run, ended })
  }
  try {
    return await withStorage(program, context, work, mayChange ? { change } : {})
  } catch (error) {
    // 1 says that differences are left.
    if (error instanceof StorageFault || error instanceof Problem) throw new CommandRefusal(error.message)
    throw error
  }
}

function refuseWithoutOrganization({ id, organization }: Application): void {
  if (organization !== undefined) return
  throw new CommandRefusal(
    `${id} has no organization, so Tracker cannot be asked: neither which links its issues have, nor whether they were moved or removed. Add \`organizations\` with a token to tracker-links.yaml, and name one in \`organization\` of ${id}; docs/tracker.md shows how.`,
  )
}

async function carryOut(
  input: CommandInput,
  context: CliContext,
  {
    program,
    application,
    storage,
    held,
  }: { program: Program; application: Application; storage: Storage; held: HeldRun },
): Promise<WorkEnd> {
  const interruption = new AbortController()
  const stopListening = onInterruption(() => interruption.abort())
  const trackers = openTrackerClients(program.config, organization => rateBudgetsOf(storage.prisma, organization))
  const tracker = trackers.trackerOf(application)
  try {
    if (tracker === undefined) throw new CommandRefusal(`${application.id} has no organization.`)
    const ground = {
      database: storage.prisma,
      feed: linkFeed(storage.prisma),
      tracker,
      application,
      log: quietLog(context),
      listener: tellRun(input, context),
      signal: interruption.signal,
    }
    context.stderr.write(`run ${held.id}\n`)
    return await carryOutRun(ground, held, { leftFor: 'asked' })
  } finally {
    stopListening()
    await trackers.close()
  }
}

async function tellEnd(
  input: CommandInput,
  context: CliContext,
  { storage: { prisma }, run, ended }: { storage: Storage; run: StoredRun; ended: WorkEnd },
): Promise<number> {
  const { stderr } = context
  const { id, state, reason } = run
  if (ended === 'stopped') {
    stderr.write(`Stopped. \`tracker-links reconcile ${run.applicationId} --resume ${id}\` goes on from here.\n`)
    return codes.couldNot
  }
  if (ended === 'lost') throw new CommandRefusal(`Run ${id} is worked on by another process, or was cancelled.`)
  await tellReport(input, context, prisma, run)
  if (state !== 'finished') {
    stderr.write(`The run ${state === 'refused' ? 'was refused' : 'failed'}: ${visible(reason ?? '')}\n`)
    return codes.couldNot
  }
  const file = input.options.output
  if (typeof file === 'string' && run.planId === null) {
    const lines = await countPlanLines(prisma, id)
    const read = (from: { after?: number; limit: number }) => listPlanLines(prisma, id, from)
    await writeWholeFile(file, context.directory, () => Readable.from(planFile(run, lines, read)))
    stderr.write(
      `The plan is in ${visible(file)}: \`tracker-links reconcile apply ${visible(file)}\` carries it out.\n`,
    )
  }
  if (!input.json) context.stdout.write(`${countsText(run.counts as RunCounts) || 'Nothing was to be done.'}\n`)
  return hasDifferences(run) ? codes.different : codes.agree
}

/** Whether something was found that was not repaired. */
function hasDifferences({ counts, planId }: StoredRun): boolean {
  const {
    lines = 0,
    busy = 0,
    repaired = 0,
    stale = 0,
    capped = 0,
    waiting = 0,
    failed = 0,
    unreadable = 0,
  } = counts as RunCounts
  if (planId !== null) return stale + capped + waiting + failed + unreadable > 0
  return busy > 0 || lines > repaired
}
