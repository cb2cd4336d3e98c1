import { stat } from 'node:fs/promises'
import { dirname, isAbsolute, join } from 'node:path'
import { isThere } from '../../storage/database/opening/data-folder.ts'
import { StorageFault } from '../../storage/database/storage-fault.ts'
import type { StorageLog } from '../../storage/database/storage-log.ts'
import { openStorage, type Storage } from '../../storage/open-storage.ts'
import { shellWord } from '../../values/shell-word.ts'
import { CommandRefusal } from '../command.ts'
import { visible } from '../terminal-text.ts'
import { askRunningServer, type RunningServer } from './running-server.ts'
import type { Search } from './search.ts'
import { withoutDatabase } from './without-database.ts'

/**
 * Opens the database of a command, and makes none: where the settings say, else where a server that runs on this machine with the
 * same configuration says that its data is. Throws CommandRefusal if there is none, StorageFault if it cannot be used.
 */
export async function openFoundStorage(search: Search, log: StorageLog): Promise<Storage> {
  const { databaseUrl, dataDirectory } = search.settings
  const open = (place: { databaseUrl?: string | undefined; dataDirectory: string }) =>
    openStorage({ ...place, log, migrations: 'check' })
  try {
    return await open({ databaseUrl, dataDirectory })
  } catch (error) {
    if (!(error instanceof StorageFault)) throw error
    if (error.code === 'schema-missing') throw new CommandRefusal(withoutDatabase(error.message, search))
    if (error.code !== 'data-folder-missing') throw error
    const running = await askRunningServer(search.settings)
    if (!running) throw new CommandRefusal(withoutDatabase(error.message, search, await besideConfiguration(search)))
    const advice = await obstacle(running, search)
    if (advice === undefined && running.dataDirectory !== null)
      return await open({ dataDirectory: running.dataDirectory })
    throw new CommandRefusal(withoutDatabase(error.message, search, tellServer(running, advice)))
  }
}

const tellServer = ({ address, database, configuration }: RunningServer, advice = '') =>
  `${visible(`The server at ${address} uses ${database}, and ${configuration ?? 'no configuration file'}.`)} ${advice}`

/** The usual place of the data of a server that does not run now; it is named, not taken: nobody said that it is that one's. */
async function besideConfiguration({ source, settings }: Search): Promise<string | undefined> {
  if (source === undefined) return undefined
  const folder = join(dirname(source), 'data')
  if (folder === settings.dataDirectory) return undefined
  return (await isThere(join(folder, 'postgres')).catch(() => false))
    ? `There is a database beside the configuration: set DATA_DIR to ${shellWord(folder)}`
    : undefined
}

/**
 * A warning if the server that runs on this machine has another database than the one in a data folder, which may be one that an
 * earlier command made by mistake; undefined if it has the same, or none runs.
 */
export async function tellOtherDatabase({ settings }: Search, { dataDirectory }: Storage): Promise<string | undefined> {
  if (dataDirectory === undefined) return undefined
  const running = await askRunningServer(settings)
  if (!running || (await isSameFolder(dataDirectory, running.dataDirectory))) return undefined
  return visible(`WARNING: the server at ${running.address} uses another database: ${running.database}`)
}

/** Also by another name, such as a symbolic link. */
export async function isSameFolder(one: string, other: string | null): Promise<boolean> {
  if (other === null) return false
  const [first, second] = await Promise.all([one, other].map(path => stat(path).catch(() => undefined)))
  return first !== undefined && first.ino === second?.ino && first.dev === second.dev
}

/**
 * What to do where a server's data is not taken; undefined if it may be. Any program of this machine may listen on that port: so
 * only a folder of the user who asks is taken, and one that the user named is never replaced.
 */
async function obstacle(
  running: RunningServer,
  { settings, environment, source }: Search,
): Promise<string | undefined> {
  const { dataDirectory, configuration } = running
  if (configuration !== (source ?? null))
    return configuration === null
      ? 'Start the command without a configuration, as that server.'
      : `Take its configuration: --config ${shellWord(configuration)}`
  if (dataDirectory === null) return 'Set DATABASE_URL as it is set for that server.'
  const wanted = environment.env.DATA_DIR
  if (wanted && isAbsolute(wanted))
    return `DATA_DIR names ${visible(settings.dataDirectory)}, so the server's was not taken.`
  const owner = isAbsolute(dataDirectory) ? await stat(dataDirectory).catch(() => undefined) : undefined
  if (owner === undefined || owner.uid !== process.getuid?.())
    return 'Its data folder is not one of this user: start the command as the user of the server.'
  return undefined
}
