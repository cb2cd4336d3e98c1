import { access } from 'node:fs/promises'
import { resolve } from 'node:path'
import { unpackLines } from '../../storage/backup/backup-file.ts'
import { loadBackup } from '../../storage/backup/load-backup.ts'
import { type CliCommand, CommandRefusal, print } from '../command.ts'
import { configOption, readProgram } from '../open-program.ts'
import { counted, visible } from '../terminal-text.ts'
import { withStorage } from '../with-storage.ts'
import { rowBar } from './row-bar.ts'

export const restore: CliCommand = {
  name: 'restore',
  summary: 'load a backup into an empty database, whole or not at all',
  arguments: [{ name: '<file>', summary: 'a file that `backup` wrote' }],
  options: [configOption],
  details: `
DATABASE_URL or DATA_DIR name the database; it must hold no data, and is made if it is a data folder. Backups of older
versions are taken, those of newer ones refused. What was loaded is compared with the hashes in the file.`,
  examples: ['restore links-2026-11-28.ndjson.gz'],
  run: async (input, context) => {
    const program = readProgram(input, context)
    const [file = ''] = input.arguments
    const path = resolve(context.directory, file)
    await access(path).catch((error: NodeJS.ErrnoException) => {
      const why = error.code === 'ENOENT' ? 'it does not exist' : 'this user may not'
      throw new CommandRefusal(`${visible(file)} cannot be read: ${why}. Nothing was changed.`)
    })
    return withStorage(
      program,
      context,
      async ({ url, description }) => {
        const bar = rowBar(context, 'Restoring')
        try {
          const { header, tables } = await loadBackup(url, unpackLines(path), {
            description,
            onProgress: (rows, ofRows) => bar.tell(rows, ofRows),
          })
          bar.stop()
          const text = `Restored ${counted(tables.link?.rows ?? 0, 'link')} as of ${header.moment} into ${description}, hash of the links ${tables.link?.hash}`
          print(input, context, text, { file, database: description, moment: header.moment, tables })
          return 0
        } finally {
          bar.stop()
        }
      },
      { mayMake: true },
    )
  },
}
