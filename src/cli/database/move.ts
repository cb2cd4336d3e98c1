import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { readVariable } from '../../config/environment/fill-variables.ts'
import { moveDatabase } from '../../storage/backup/move-database.ts'
import { StorageFault } from '../../storage/database/storage-fault.ts'
import { openStorage, type Storage } from '../../storage/open-storage.ts'
import { type CliCommand, type CliContext, type CommandInput, CommandRefusal, print, version } from '../command.ts'
import { configOption, readProgram } from '../open-program.ts'
import { quietLog } from '../quiet-log.ts'
import { counted, visible } from '../terminal-text.ts'
import { withStorage } from '../with-storage.ts'
import { rowBar } from './row-bar.ts'

export const move: CliCommand = {
  name: 'move',
  summary: 'move all data to an empty database of a PostgreSQL server, without loss',
  options: [
    { flags: '--to <address>', summary: 'the address of the database; others on this machine can see it in `ps`' },
    { flags: '--to-file <file>', summary: 'a file that holds the address' },
    configOption,
  ],
  details: `
Without --to and --to-file the address is taken from the variable TO_DATABASE_URL (or TO_DATABASE_URL_FILE).

A running server goes on answering cards meanwhile; changes of links are refused with 503 from the first row on, and stay
refused: the old database is marked as moved, and no server starts on it any more. Then set DATABASE_URL to the new one
and restart. If the move fails, everything is as it was.`,
  examples: [
    'move --to-file new-database.txt',
    'move --to postgresql://tracker_links@db.example.com:5432/tracker_links',
  ],
  run: async (input, context) => {
    const program = readProgram(input, context)
    const databaseUrl = await targetAddress(input, context)
    return withStorage(program, context, async source => {
      const target = await openTarget(databaseUrl, program.settings.dataDirectory, context)
      const bar = rowBar(context, 'Moving')
      try {
        const { tables } = await moveDatabase(source, target, {
          version,
          onProgress: (rows, ofRows) => bar.tell(rows, ofRows),
        })
        bar.stop()
        const text = `Moved ${counted(tables.link?.rows ?? 0, 'link')} to ${target.description}, hash of the links ${tables.link?.hash}.\nNow set DATABASE_URL to that database and restart the server. The old database takes no more changes.`
        print(input, context, text, { from: source.description, to: target.description, tables })
        return 0
      } finally {
        bar.stop()
        await target.close()
      }
    })
  },
}

/** Opens the database to move to, and makes its tables. Throws StorageFault, CommandRefusal. */
async function openTarget(databaseUrl: string, dataDirectory: string, context: CliContext): Promise<Storage> {
  try {
    return await openStorage({ databaseUrl, dataDirectory, log: quietLog(context) })
  } catch (error) {
    if (error instanceof StorageFault && error.code === 'database-address-invalid')
      throw new CommandRefusal(error.message.replace('DATABASE_URL', 'What you want to move to'))
    throw error
  }
}

async function targetAddress({ options }: CommandInput, { env, directory }: CliContext): Promise<string> {
  const { to, toFile } = options
  if (typeof to === 'string') return to
  if (typeof toFile === 'string') {
    const text = await readFile(resolve(directory, toFile), 'utf8').catch(() => undefined)
    if (text === undefined) throw new CommandRefusal(`--to-file: ${visible(toFile)} cannot be read.`)
    return text.trim()
  }
  const variable = env.TO_DATABASE_URL || env.TO_DATABASE_URL_FILE ? readVariable('TO_DATABASE_URL', env) : undefined
  if (variable && 'text' in variable) return variable.text
  throw new CommandRefusal(
    variable
      ? `TO_DATABASE_URL: ${variable.rule}. ${variable.hint}`
      : 'Say where to: --to ADDRESS, --to-file FILE, or the variable TO_DATABASE_URL.',
  )
}
