import { tellCommand } from '../storage/objects/object-changes.ts'
import { openStorage, type Storage } from '../storage/open-storage.ts'
import { type CommandChange, recordCommand } from './audit/audited.ts'
import type { CliContext } from './command.ts'
import { openFoundStorage, tellOtherDatabase } from './find-database/open-found-storage.ts'
import type { Program } from './open-program.ts'
import { quietLog } from './quiet-log.ts'
import { visible } from './terminal-text.ts'

/**
 * Opens the storage for the time of one command, whether a server runs on it or not, names it on standard error, and closes it
 * afterwards. `mayMake`: the command was asked to make a database where there is none, and to change its schema. `change`: what
 * the audit records once the work is done.
 */
export async function withStorage<T>(
  program: Program,
  context: CliContext,
  work: (storage: Storage) => Promise<T>,
  { mayMake = false, change }: { mayMake?: boolean; change?: CommandChange } = {},
): Promise<T> {
  const { databaseUrl, dataDirectory } = program.settings
  const log = quietLog(context)
  const storage = mayMake
    ? await openStorage({ databaseUrl, dataDirectory, log })
    : await openFoundStorage(program, log)
  try {
    context.stderr.write(`${placeOf(program, storage)}\n`)
    const warning = await tellOtherDatabase(program, storage)
    if (warning !== undefined) context.stderr.write(`${warning}\n`)
    const result = await work(storage)
    if (change !== undefined) {
      await recordCommand(storage.prisma, change)
      await tellCommand(storage.prisma)
    }
    return result
  } finally {
    await storage.close()
  }
}

/** Where a command works: the database that it used, and the sample, which nobody may have meant. */
function placeOf({ source, directory, config }: Program, { description }: Storage): string {
  const ids = config.applications.map(({ id }) => id).join(', ')
  return visible(`database: ${description}`).concat(
    source === undefined ? `\n${visible(`configuration: none in ${directory}, so the sample is meant (${ids})`)}` : '',
  )
}
