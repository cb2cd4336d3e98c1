import { ConfigFaults } from '../config/config-faults.ts'
import { loadConfig } from '../config/load-config.ts'
import type { Config } from '../config/schema.ts'
import { readSettings } from '../config/settings.ts'
import { whyNotPushed } from '../linked-objects/pushed/why-not-pushed.ts'
import { checkSources } from '../linked-objects/sources/check-sources.ts'
import { tokenFaults } from '../registration/serving-rules.ts'
import { buildAddressBook } from '../tracker-calls/addresses/address-book.ts'
import type { CliContext, CommandInput } from './command.ts'
import { CommandRefusal } from './command.ts'
import type { Search } from './find-database/search.ts'
import { readVariables, settingsOf } from './surroundings.ts'

export { configOption } from './surroundings.ts'

export type Program = Search & { config: Config }

/** The option that names the application; it may be left out if there is only one. */
export const applicationOption = {
  flags: '--application <id>',
  summary: 'the application (may be left out if only one is configured)',
}

/**
 * Settings and configuration of a command, checked whole: the settings, the file's form, its URL templates and its sources. Throws
 * ConfigFaults with the faults of all of them.
 * `toServe`: what is served is checked more strictly.
 */
export function readProgram(input: CommandInput, context: CliContext, { toServe = false } = {}): Program {
  const { directory } = context
  const environment = readVariables(input, context)
  const { env } = environment
  const file = input.options.config
  const settings = orFaults(() => settingsOf(environment, directory))
  const loaded = orFaults(() =>
    loadConfig({
      ...(typeof file === 'string' && { file }),
      // What names the file is a text whatever the other settings are.
      settings:
        settings instanceof ConfigFaults
          ? { ...readSettings({}), configFile: env.TRACKER_LINKS_CONFIG || undefined }
          : settings,
      env,
      directory,
      checks: [applications => buildAddressBook(applications).faults, checkSources, ...(toServe ? [tokenFaults] : [])],
    }),
  )
  const faults = [settings, loaded].flatMap(one => (one instanceof ConfigFaults ? one.faults : []))
  if (settings instanceof ConfigFaults || loaded instanceof ConfigFaults) throw new ConfigFaults(faults)
  return { settings, environment, ...loaded, directory }
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

/** The same for a command that changes objects. Throws CommandRefusal, also if they come from a source. */
export function chosenPushedApplication(input: CommandInput, program: Program): Config['applications'][number] {
  const application = chosenApplication(input, program)
  const why = whyNotPushed(application)
  if (why === undefined) return application
  throw new CommandRefusal(
    `${why}. Nothing was changed; see what the source gives with \`objects preview ${application.id} KEY\`.`,
  )
}
