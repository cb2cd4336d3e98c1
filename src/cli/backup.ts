import { Readable } from 'node:stream'
import { writeBackup } from '../storage/backup/write-backup.ts'
import { type CliCommand, print } from './command.ts'
import { writeWholeFile } from './links/write-file.ts'
import { configOption, readProgram, withStorage } from './open-program.ts'
import { writeAll } from './output.ts'
import { rowProgress } from './row-progress.ts'
import { counted } from './terminal-text.ts'

export const backup: CliCommand = {
  name: 'backup',
  summary: 'write all that the database holds into a file, while the server runs',
  arguments: [
    {
      name: '<file>',
      summary: 'the file; one that is there is replaced once the new one is whole; - for standard output',
    },
  ],
  options: [configOption],
  details: `
The file holds the state of one moment: links, their history, objects and API keys (as hashes). It is NDJSON compressed with
gzip, so that \`zcat FILE | head\` shows what is in it, and only this user may read it. It is checked when it is restored.`,
  examples: ['backup links.backup'],
  run: async (input, context) => {
    const [file = ''] = input.arguments
    const program = readProgram(input, context)
    return withStorage(program, context, async ({ databaseUrl, description }) => {
      const progress = rowProgress(context, 'Writing')
      const write = (bytes: AsyncIterable<Buffer>) =>
        file === '-'
          ? writeAll(Readable.from(bytes), context.stdout)
          : writeWholeFile(file, context.directory, () => Readable.from(bytes), { mode: 0o600 })
      const { rows, linkSet, takenAt } = await writeBackup(databaseUrl, write, progress.tell).finally(progress.stop)
      const text = `${file}: ${counted(linkSet.links, 'link')}, ${counted(rows.link_event, 'event')}, ${counted(rows.linked_object, 'object')}, as of ${takenAt}`
      if (file === '-') context.stderr.write(`${text}\n`)
      else print(input, context, text, { file, takenAt, rows, linkSet, database: description })
      return 0
    })
  },
}
