import { auditJson } from '../../management-api/audit/audit-json.ts'
import { recentAudit } from '../../storage/audit/audit-records.ts'
import { type CliCommand, print, wholeNumberOption } from '../command.ts'
import { limitBounds, limitOption } from '../link-keys.ts'
import { configOption, readProgram } from '../open-program.ts'
import { formatTable } from '../terminal-text.ts'
import { withStorage } from '../with-storage.ts'
import { aboutText, auditOptions, chosenRecords } from './audit-options.ts'

export const auditList: CliCommand = {
  name: 'audit list',
  summary: 'show who changed what through the management API or these commands; the latest at the end',
  options: [...auditOptions, limitOption, configOption],
  details: 'What Tracker changed is not in it: `links history` has that.',
  examples: ['audit list', 'audit list --application crm --since 2027-01-31 --json'],
  run: async (input, context) => {
    const program = readProgram(input, context)
    const filter = chosenRecords(input)
    const limit = wholeNumberOption(input, 'limit', limitBounds)
    return withStorage(program, context, async ({ prisma }) => {
      const records = await recentAudit(prisma, filter, limit)
      const rows = records.map(record => [
        record.at.toISOString(),
        record.actorLogin ?? record.actorKind,
        record.apiKeyId ?? '',
        record.applicationId ?? '',
        record.operation,
        aboutText(record),
        record.requestId ?? '',
      ])
      const headings = ['WHEN', 'WHO', 'API KEY', 'APPLICATION', 'WHAT', 'ABOUT', 'REQUEST']
      const text = rows.length > 0 ? formatTable(headings, rows) : 'There are no such records.'
      print(input, context, text, { records: records.map(auditJson) })
      return 0
    })
  },
}
