import { whyNoPlan } from '../../reconciliation/runs/plan-file.ts'
import type { Storage } from '../../storage/open-storage.ts'
import { findRun, type StoredRun } from '../../storage/reconciliation/list-runs.ts'
import { countRepairs } from '../../storage/reconciliation/plan-outcomes.ts'
import type { HeldRun } from '../../storage/reconciliation/run-progress.ts'
import type { RunScope } from '../../storage/reconciliation/start-run.ts'
import { type CliCommand, type CliContext, type CommandInput, CommandRefusal } from '../command.ts'
import { chosenApplication, readProgram } from '../open-program.ts'
import { counted, shown } from '../terminal-text.ts'
import { checkPlanFile, readPlanHeader } from './check-plan-file.ts'
import { resumeRun, startOrResume } from './hold-run.ts'
import { starter } from './reconcile.ts'
import { readRunOptions, runOptions } from './run-options.ts'
import { workOnRun } from './work-on-run.ts'

export const reconcileApply: CliCommand = {
  name: 'reconcile apply',
  summary: 'make the repairs of a plan, each once',
  arguments: [{ name: '<plan>', summary: 'a plan file, as `reconcile --output` writes it' }],
  options: runOptions.filter(({ flags }) => !flags.startsWith('--output')),
  details: `
Exactly the repairs of the plan are made. Each issue is looked at afresh, and a line is left alone if either side of its link has
changed since. What has become of a line is kept: applying the plan again makes no repair twice. A file that was edited, is not
whole, or is of another database is refused.

Exit codes: 0 every line was carried out, 1 some were left alone, 2 it could not be done.`,
  examples: ['reconcile apply plan.ndjson', 'reconcile apply plan.ndjson --accept-removals 200'],
  run: async (input, context) => {
    const program = readProgram(input, context)
    const [file = ''] = input.arguments
    const header = await readPlanHeader(file, context.directory)
    if (header === undefined) throw new CommandRefusal(`There is no file ${shown(file, 100)}.`)
    if (!program.config.applications.some(({ id }) => id === header.application))
      throw new CommandRefusal(
        `The plan is of the application ${shown(header.application, 60)}, which is not configured here.`,
      )
    const application = chosenApplication({ ...input, options: { application: header.application } }, program)
    return await workOnRun(input, context, program, {
      operation: 'reconcile apply',
      application,
      mayChange: true,
      hold: async storage => {
        const plan = await checkPlanFile(storage.prisma, header, { file, directory: context.directory })
        return await holdApplying(input, context, storage, plan)
      },
    })
  },
}

async function holdApplying(
  input: CommandInput,
  context: CliContext,
  storage: Storage,
  plan: StoredRun,
): Promise<HeldRun | undefined> {
  const why = whyNoPlan(plan)
  if (why !== undefined) throw new CommandRefusal(why)
  const { resume } = input.options
  if (typeof resume === 'string') {
    if ((await findRun(storage.prisma, resume))?.planId !== plan.id)
      throw new CommandRefusal(`Run ${shown(resume, 60)} does not apply plan ${plan.id}.`)
    return await resumeRun(storage, plan.applicationId, resume)
  }
  const { repairs, open } = await countRepairs(storage.prisma, plan.id)
  if (open === 0) {
    const text =
      repairs === 0 ? 'has nothing to repair' : `was applied before: all of its ${counted(repairs, 'repair')}`
    context.stderr.write(`Plan ${plan.id} ${text}. Nothing was done.\n`)
    return undefined
  }
  return await startOrResume(storage, context, {
    applicationId: plan.applicationId,
    scope: plan.scope as RunScope,
    repair: 'both',
    planId: plan.id,
    startedBy: starter(),
    options: readRunOptions(input, 'both'),
  })
}
