import { Readable } from 'node:stream'
import { auditJson } from '../../management-api/audit/audit-json.ts'
import { type AuditFilter, type AuditPlace, type AuditRecord, listAudit } from '../../storage/audit/audit-records.ts'
import type { Queries } from '../../storage/database/queries.ts'
import { type CliCommand, print } from '../command.ts'
import { writeWholeFile } from '../links/write-file.ts'
import { configOption, readProgram } from '../open-program.ts'
import { writeAll } from '../output.ts'
import { counted, visible } from '../terminal-text.ts'
import { withStorage } from '../with-storage.ts'
import { auditOptions, chosenRecords } from './audit-options.ts'

/** So many records are read at a time, and held in memory. */
const batchRecords = 1_000

export const auditExport: CliCommand = {
  name: 'audit export',
  summary: 'write the audit, the oldest record first, one JSON object a line',
  options: [
    ...auditOptions,
    { flags: '--output <file>', summary: 'write this file, whole or not at all (default: standard output)' },
    configOption,
  ],
  examples: ['audit export --output audit.ndjson', 'audit export --since 2027-01-01 --until 2027-02-01'],
  run: async (input, context) => {
    const program = readProgram(input, context)
    const filter = chosenRecords(input)
    const { output } = input.options
    return withStorage(program, context, async ({ prisma }) => {
      const told = { records: 0 }
      const source = () => Readable.from(lines(prisma, filter, told))
      if (typeof output !== 'string') await writeAll(source(), context.stdout)
      else {
        await writeWholeFile(output, context.directory, source)
        const text = `${counted(told.records, 'record')} in ${visible(output)}`
        print(input, context, text, { file: output, records: told.records })
      }
      return 0
    })
  },
}

async function* lines(database: Queries, filter: AuditFilter, told: { records: number }): AsyncGenerator<string> {
  let after: AuditPlace | undefined
  for (;;) {
    const batch: AuditRecord[] = await listAudit(database, filter, { ...(after && { after }), limit: batchRecords })
    told.records += batch.length
    yield batch.map(record => `${visible(JSON.stringify(auditJson(record)))}\n`).join('')
    after = batch.at(-1)
    if (after === undefined || batch.length < batchRecords) return
  }
}
