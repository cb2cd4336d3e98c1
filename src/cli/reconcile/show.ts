import { Readable } from 'node:stream'
import { lineJson } from '../../management-api/reconciliation/line-json.ts'
import { runJson } from '../../management-api/reconciliation/run-json.ts'
import { planFile, whyNoPlan } from '../../reconciliation/runs/plan-file.ts'
import type { Queries } from '../../storage/database/queries.ts'
import { countPlanLines, listPlanLines } from '../../storage/reconciliation/list-plan-lines.ts'
import { findRun, type StoredRun } from '../../storage/reconciliation/list-runs.ts'
import { type CliCommand, CommandRefusal, print, wholeNumberOption } from '../command.ts'
import { limitBounds, limitOption } from '../link-keys.ts'
import { writeWholeFile } from '../links/write-file.ts'
import { configOption, readProgram } from '../open-program.ts'
import { counted, formatTable, shown, visible } from '../terminal-text.ts'
import { withStorage } from '../with-storage.ts'
import { lineHeadings, lineRow, runText } from './run-text.ts'

export const reconcileShow: CliCommand = {
  name: 'reconcile show',
  summary: 'show how far a reconciliation is, what it has found, and what became of that',
  arguments: [{ name: '<run>', summary: 'the id of the run, from `reconcile list`' }],
  options: [
    { flags: '--plan <file>', summary: 'write its plan into this file, for `reconcile apply`, whole or not at all' },
    limitOption,
    configOption,
  ],
  examples: ['reconcile show Zk3vq0aXw1Tn', 'reconcile show Zk3vq0aXw1Tn --plan plan.ndjson'],
  run: async (input, context) => {
    const program = readProgram(input, context)
    const [id = ''] = input.arguments
    const limit = wholeNumberOption(input, 'limit', limitBounds)
    const file = input.options.plan
    return withStorage(program, context, async ({ prisma }) => {
      const run = await findRun(prisma, id)
      if (!run)
        throw new CommandRefusal(`There is no run ${shown(id, 60)}; \`reconcile list APPLICATION\` shows the runs.`)
      if (typeof file === 'string') await writePlan(prisma, run, { file, directory: context.directory })
      const plan = run.planId ?? run.id
      const lines = await listPlanLines(prisma, plan, { limit })
      const total = lines.length < limit ? lines.length : await countPlanLines(prisma, plan)
      const table = lines.length > 0 ? `\n\n${formatTable(lineHeadings, lines.map(lineRow))}` : ''
      print(input, context, `${runText(run)}${table}`, { ...runJson(run), lines: lines.map(lineJson), total })
      if (total > lines.length && !input.json)
        context.stderr.write(`${lines.length} of ${counted(total, 'line')}; --limit shows more, --plan writes all.\n`)
      if (typeof file === 'string') context.stderr.write(`The plan is in ${visible(file)}.\n`)
      return 0
    })
  },
}

async function writePlan(
  database: Queries,
  run: StoredRun,
  { file, directory }: { file: string; directory: string },
): Promise<void> {
  const why = whyNoPlan(run)
  if (why !== undefined) throw new CommandRefusal(`${why} Nothing was written.`)
  const lines = await countPlanLines(database, run.id)
  await writeWholeFile(file, directory, () =>
    Readable.from(planFile(run, lines, from => listPlanLines(database, run.id, from))),
  )
}
