import { runJson } from '../../management-api/reconciliation/run-json.ts'
import { countRuns, listRuns } from '../../storage/reconciliation/list-runs.ts'
import { type CliCommand, print, wholeNumberOption } from '../command.ts'
import { limitBounds, limitOption } from '../link-keys.ts'
import { chosenApplication, configOption, readProgram } from '../open-program.ts'
import { formatTable } from '../terminal-text.ts'
import { withStorage } from '../with-storage.ts'
import { runHeadings, runRow } from './run-text.ts'

export const reconcileList: CliCommand = {
  name: 'reconcile list',
  summary: 'show the reconciliations of an application, the newest first',
  arguments: [{ name: '<application>', summary: 'the application' }],
  options: [limitOption, configOption],
  details: 'They are kept for 30 days after their end (`retention.reconciliationDays`); `reconcile show` shows one.',
  examples: ['reconcile list crm', 'reconcile list crm --limit 5 --json'],
  run: async (input, context) => {
    const program = readProgram(input, context)
    const [application] = input.arguments
    const { id } = chosenApplication({ ...input, options: { ...input.options, application } }, program)
    const limit = wholeNumberOption(input, 'limit', limitBounds)
    return withStorage(program, context, async ({ prisma }) => {
      const runs = await listRuns(prisma, id, { limit })
      const total = runs.length < limit ? runs.length : await countRuns(prisma, id)
      const text = runs.length > 0 ? formatTable(runHeadings, runs.map(runRow)) : `${id} has no reconciliations.`
      print(input, context, text, { application: id, reconciliations: runs.map(runJson), total })
      if (total > runs.length && !input.json) context.stderr.write(`${runs.length} of ${total}; --limit shows more.\n`)
      return 0
    })
  },
}
