import { packLines } from '../../storage/backup/backup-file.ts'
import type { Digest } from '../../storage/backup/digest.ts'
import { readBackup } from '../../storage/backup/read-backup.ts'
import { type CliCommand, print, version } from '../command.ts'
import { writeWholeFile } from '../links/write-file.ts'
import { configOption, readProgram } from '../open-program.ts'
import { writeAll } from '../output.ts'
import { counted, visible } from '../terminal-text.ts'
import { withStorage } from '../with-storage.ts'
import { rowBar } from './row-bar.ts'

export const backup: CliCommand = {
  name: 'backup',
  summary: 'write all data to a file, while the server runs',
  arguments: [
    {
      name: '<file>',
      summary: 'the file; one that exists is replaced when the new one is complete; - for standard output',
    },
  ],
  options: [configOption],
  details: `
The file is as the database was at one moment: NDJSON, compressed by gzip, readable by its owner only. It holds links, their
history, objects, issue aliases and the hashes of API keys; no configuration and no secrets of it.`,
  examples: ['backup links-2026-11-28.ndjson.gz', 'backup --json nightly.ndjson.gz'],
  run: async (input, context) => {
    const program = readProgram(input, context)
    const [file = ''] = input.arguments
    return withStorage(program, context, async ({ url, description }) => {
      const bar = rowBar(context, 'Backing up')
      try {
        let tables: Record<string, Digest> = {}
        const onEnd = (end: Record<string, Digest>) => {
          tables = end
        }
        const onProgress = (rows: number, ofRows: number) => bar.tell(rows, ofRows)
        const lines = () => packLines(readBackup(url, { version, onProgress, onEnd }))
        if (file === '-') await writeAll(lines(), context.stdout)
        else await writeWholeFile(file, context.directory, lines, 0o600)
        bar.stop()
        const hash = `hash of the links ${tables.link?.hash}`
        const text = `${counted(tables.link?.rows ?? 0, 'link')} of ${description} in ${visible(file)}, ${hash}`
        if (file === '-') context.stderr.write(`${text}\n`)
        else print(input, context, text, { file, database: description, tables })
        return 0
      } finally {
        bar.stop()
      }
    })
  },
}
