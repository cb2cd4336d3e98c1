import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { readSettings } from '../config/settings.ts'
import { moveDatabase } from '../storage/backup/move-database.ts'
import { openStorage, type Storage } from '../storage/open-storage.ts'
import { type CliCommand, type CliContext, type CommandInput, CommandRefusal, print } from './command.ts'
import { configOption, quietLog, readProgram, withStorage } from './open-program.ts'
import { rowProgress } from './row-progress.ts'
import { counted, visible } from './terminal-text.ts'

export const move: CliCommand = {
  name: 'move',
  summary: 'move all that the database holds to a PostgreSQL server',
  options: [
    {
      flags: '--to <address>',
      summary: 'postgresql://USER:PASSWORD@HOST:5432/DATABASE; everybody on this machine sees it',
    },
    { flags: '--to-file <file>', summary: 'a file that holds the address' },
    configOption,
  ],
  details: `
While it works, cards are answered as before and changes are refused, so that nothing that was acknowledged stays behind; a
million links take about a minute. Afterwards the former database takes no changes any more: set DATABASE_URL to the new one
and start the server anew. If anything fails, nothing has changed.`,
  examples: ['move --to-file new-database-address'],
  run: async (input, context) => {
    const program = readProgram(input, context)
    const address = targetAddress(input, context)
    return withStorage(program, context, async source => {
      const target = await openStorage({ databaseUrl: address, dataDirectory: '', log: quietLog(context) })
      const progress = rowProgress(context, 'Moving')
      try {
        refuseSame(source, target)
        const movedTo = target.description
        const places = { from: source.databaseUrl, to: target.databaseUrl, movedTo }
        const set = await moveDatabase(places, progress.tell)
        progress.stop()
        const text = `${counted(set.links, 'link')} are in ${movedTo}. ${source.description} takes no changes any more: set DATABASE_URL, and start the server anew.`
        print(input, context, text, { linkSet: set, from: source.description, to: movedTo })
        return 0
      } finally {
        progress.stop()
        await target.close()
      }
    })
  },
}

/** The address, checked as DATABASE_URL is. Throws CommandRefusal, ConfigFaults. */
function targetAddress({ options }: CommandInput, { directory }: CliContext): string {
  const { to, toFile } = options
  if ((to === undefined) === (toFile === undefined))
    throw new CommandRefusal('Say where to move to: with --to ADDRESS, or with --to-file FILE.')
  if (typeof to === 'string') return checked(to)
  try {
    return checked(readFileSync(resolve(directory, String(toFile)), 'utf8').trim())
  } catch (error) {
    if (!(error instanceof Error && 'syscall' in error)) throw error
    throw new CommandRefusal(`${visible(String(toFile))} cannot be read.`)
  }
}

const checked = (address: string): string => readSettings({ DATABASE_URL: address }).databaseUrl as string

function refuseSame(source: Storage, target: Storage): void {
  if (source.databaseUrl === target.databaseUrl) throw new CommandRefusal('That is the database in use already.')
}
