import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { packLines } from '../storage/backup/backup-file.ts'
import type { Digest } from '../storage/backup/digest.ts'
import { readBackup } from '../storage/backup/read-backup.ts'
import { openStorage } from '../storage/open-storage.ts'
import { type CliCommand, print, version } from './command.ts'
import { writeWholeFile } from './links/write-file.ts'
import { configOption, quietLog, readProgram } from './open-program.ts'
import { rowBar } from './row-bar.ts'
import { counted, visible } from './terminal-text.ts'

export const backup: CliCommand = {
  name: 'backup',
  summary: 'write all data to a file, while the server runs',
  arguments: [{ name: '<file>', summary: 'the file; one that exists is replaced when the new one is complete' }],
  options: [configOption],
  details: `
The file is as the database was at one moment: NDJSON, compressed by gzip, readable by its owner only. It holds links, their
history, objects, issue aliases and the hashes of API keys; no configuration and no secrets of it.`,
  examples: ['backup links-2026-11-28.ndjson.gz', 'backup --json nightly.ndjson.gz'],
  run: async (input, context) => {
    const { settings } = readProgram(input, context)
    const [file = ''] = input.arguments
    // Not brought up to date: a backup is what one makes before that.
    const storage = await openStorage({ ...settings, log: quietLog(context), migrations: 'check' })
    const bar = rowBar(context, 'Backing up')
    try {
      let tables: Record<string, Digest> = {}
      const onEnd = (end: Record<string, Digest>) => {
        tables = end
      }
      const lines = () =>
        packLines(readBackup(storage.url, { version, onProgress: (rows, ofRows) => bar.tell(rows, ofRows), onEnd }))
      await writeWholeFile(file, context.directory, lines, 0o600)
      bar.stop()
      const { size } = await stat(resolve(context.directory, file))
      const text = `${counted(tables.link?.rows ?? 0, 'link')} of ${storage.description} in ${visible(file)} (${counted(size, 'byte')}), hash of the links ${tables.link?.hash}`
      print(input, context, text, { file, bytes: size, database: storage.description, tables })
      return 0
    } finally {
      bar.stop()
      await storage.close()
    }
  },
}
