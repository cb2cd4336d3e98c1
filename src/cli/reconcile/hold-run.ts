import { setTimeout as sleep } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import type { Storage } from '../../storage/open-storage.ts'
import { findRun, type StoredRun } from '../../storage/reconciliation/list-runs.ts'
import {
  type HeldRun,
  holdRun,
  type RunOptions,
  runLease,
  startHeldRun,
  unfinishedRun,
} from '../../storage/reconciliation/run-progress.ts'
import type { NewRun } from '../../storage/reconciliation/start-run.ts'
import { type CliContext, CommandRefusal } from '../command.ts'
import { shown } from '../terminal-text.ts'

/** Goes on with a run that was stopped; the process that worked on it may just have died. Throws CommandRefusal. */
export async function resumeRun(
  { prisma }: Pick<Storage, 'prisma'>,
  applicationId: string,
  id: string,
): Promise<HeldRun> {
  const run = await findRun(prisma, id)
  if (run?.applicationId !== applicationId)
    throw new CommandRefusal(
      `${applicationId} has no run ${shown(id, 60)}; \`tracker-links reconcile list ${applicationId}\` shows its runs.`,
    )
  if (run.endedAt !== null) throw new CommandRefusal(`Run ${id} has ended already: it is ${run.state}.`)
  const end = performance.now() + (runLease + 1) * 1_000
  for (;;) {
    const held = await holdRun(prisma, id)
    if (held) return held
    if (performance.now() > end) throw new CommandRefusal(workedOn(run))
    await sleep(250)
  }
}

/** Starts a run. One that does the same and was stopped is gone on with instead. Throws CommandRefusal. */
export async function startOrResume(
  { prisma }: Storage,
  { stderr }: CliContext,
  wanted: NewRun & { options: RunOptions },
): Promise<HeldRun> {
  const unfinished = await unfinishedRun(prisma, wanted.applicationId)
  if (unfinished === undefined) return await startHeldRun({ database: prisma, ...wanted })
  const { run, isFree } = unfinished
  if (!isFree) throw new CommandRefusal(workedOn(run))
  if (!isSame(run, wanted))
    throw new CommandRefusal(
      `Run ${run.id} of ${run.applicationId} is not over, and does something else: go on with it first, with --resume ${run.id}.`,
    )
  stderr.write(`Going on with run ${run.id}, which was stopped.\n`)
  return await resumeRun({ prisma }, run.applicationId, run.id)
}

const isSame = (run: StoredRun, { scope, repair, planId }: NewRun) =>
  isDeepStrictEqual(run.scope, scope) && run.repair === repair && run.planId === (planId ?? null)

const workedOn = ({ id, applicationId }: StoredRun) =>
  `Run ${id} of ${applicationId} is in progress, in a server or another command: an application has one run at a time. If its process has died, \`--resume ${id}\` goes on with it.`
