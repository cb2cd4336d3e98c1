import { ConfigFaults } from '../config/config-faults.ts'
import { loadConfig } from '../config/load-config.ts'
import type { Config } from '../config/schema.ts'
import { readSettings, type Settings } from '../config/settings.ts'
import { checkSources } from '../linked-objects/sources/check-sources.ts'
import { createLogger, type Logger } from '../logging/logger.ts'
import { openStorage, type Storage } from '../storage/open-storage.ts'
import { buildAddressBook } from '../tracker-calls/addresses/address-book.ts'
import type { CliContext, CommandInput } from './command.ts'
import { CommandRefusal } from './command.ts'

export type Program = { settings: Settings; config: Config; source: string | undefined }

/** The option that every command with a configuration has. */
export const configOption = {
  flags: '--config <file>',
  summary: 'the configuration file (default: tracker-links.yaml, if it is there)',
}
/** The option that names the application; it may be left out if there is only one. */
export const applicationOption = {
  flags: '--application <id>',
  summary: 'the application (may be left out if only one is configured)',
}

/**
 * Settings and configuration of a command, checked whole: the settings, the file's form, its URL templates and its sources. Throws
 * ConfigFaults with the faults of all of them.
 */
export function readProgram(input: CommandInput, { env, directory }: CliContext): Program {
  const file = input.options.config
  const settings = orFaults(() => readSettings(env))
  const loaded = orFaults(() =>
    loadConfig({
      ...(typeof file === 'string' && { file }),
      // What names the file is a text whatever it is.
      settings: { configFile: env.TRACKER_LINKS_CONFIG || undefined },
      env,
      directory,
      checks: [applications => buildAddressBook(applications).faults, checkSources],
    }),
  )
  const faults = [settings, loaded].flatMap(one => (one instanceof ConfigFaults ? one.faults : []))
  if (settings instanceof ConfigFaults || loaded instanceof ConfigFaults) throw new ConfigFaults(faults)
  return { settings, ...loaded }
}

function orFaults<T>(read: () => T): T | ConfigFaults {
  try {
    return read()
  } catch (error) {
    if (error instanceof ConfigFaults) return error
    throw error
  }
}

/** The application that `--application` names, or the only one. Throws CommandRefusal. */
export function chosenApplication(input: CommandInput, { config }: Program): Config['applications'][number] {
  const ids = config.applications.map(application => application.id).join(', ')
  const wanted = input.options.application
  const found =
    wanted === undefined && config.applications.length === 1
      ? config.applications[0]
      : config.applications.find(({ id }) => id === wanted)
  if (found) return found
  throw new CommandRefusal(
    wanted === undefined
      ? `Say which application with --application: ${ids}.`
      : `There is no application ${wanted}; the configuration has ${ids}.`,
  )
}

/** Opens the storage for the time of one command, whether a server runs on it or not, and closes it afterwards. */
export async function withStorage<T>(
  { settings }: Program,
  context: CliContext,
  work: (storage: Storage) => Promise<T>,
): Promise<T> {
  const storage = await openStorage({
    databaseUrl: settings.databaseUrl,
    dataDirectory: settings.dataDirectory,
    log: quietLog(context),
  })
  try {
    return await work(storage)
  } finally {
    await storage.close()
  }
}

/** The log of a command: warnings and worse, on standard error. */
export const quietLog = (context: CliContext): Logger => createLogger('warn', context.stderr)
