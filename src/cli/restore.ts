import { createReadStream } from 'node:fs'
import { resolve } from 'node:path'
import type { Readable } from 'node:stream'
import { restoreBackup } from '../storage/backup/restore-backup.ts'
import { openStorage } from '../storage/open-storage.ts'
import { type CliCommand, CommandRefusal, print } from './command.ts'
import { configOption, quietLog, readProgram } from './open-program.ts'
import { rowProgress } from './row-progress.ts'
import { counted, visible } from './terminal-text.ts'

export const restore: CliCommand = {
  name: 'restore',
  summary: 'fill an empty database from a file that `backup` wrote',
  arguments: [{ name: '<file>', summary: 'the file; - for standard input' }],
  options: [configOption],
  details: `
All of it or nothing: a file that is cut or was changed is refused, and so is a database that is not empty. The data folder
of the embedded PostgreSQL is made if it is missing. Files of older versions are taken. Readers of the change feed go on where
they were, unless they have read more than the file holds: those are told so.`,
  examples: ['restore links.backup'],
  run: async (input, context) => {
    const [file = ''] = input.arguments
    const { settings } = readProgram(input, context)
    const bytes = file === '-' ? context.stdin : await openFile(resolve(context.directory, file))
    const storage = await openStorage({ ...settings, log: quietLog(context) })
    const progress = rowProgress(context, 'Restoring')
    try {
      const { rows, linkSet, takenAt } = await restoreBackup(storage.databaseUrl, bytes, progress.tell)
      progress.stop()
      const text = `${counted(linkSet.links, 'link')}, ${counted(rows.link_event, 'event')} and ${counted(rows.linked_object, 'object')} as of ${takenAt} are in ${storage.description}`
      print(input, context, text, { file, takenAt, rows, linkSet, database: storage.description })
      return 0
    } finally {
      progress.stop()
      bytes.destroy()
      await storage.close()
    }
  },
}

/** Throws CommandRefusal. */
async function openFile(path: string): Promise<Readable> {
  const bytes = createReadStream(path)
  await new Promise((opened, failed) => bytes.once('open', opened).once('error', failed)).catch(({ code }) => {
    throw new CommandRefusal(`${visible(path)} cannot be read: ${code}.`)
  })
  return bytes
}
