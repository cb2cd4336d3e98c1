import { existsSync, statSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readSettings } from '../../config/settings.ts'
import { shellWord } from '../../values/shell-word.ts'
import { type CliContext, type CommandInput, CommandRefusal } from '../command.ts'
import { visible } from '../terminal-text.ts'

/** Where the first files belong, and how commands name them. */
export type Place = {
  /** Names as the user would write them. */
  configName: string
  dotenvName: string
  configPath: string
  dotenvPath: string
  /** What a command needs so that it finds the file: ` --config FILE`, or nothing. */
  configOption: string
  /** Path of the schema for editors, from the file. */
  schema: string
}

const schemaPath = fileURLToPath(new URL('../../../tracker-links.schema.json', import.meta.url))

/** The place that is read when a command starts here: the file of `--config`, TRACKER_LINKS_CONFIG, or tracker-links.yaml. */
export function placeOf({ options }: CommandInput, { env, directory }: CliContext): Place {
  const named = typeof options.config === 'string' ? options.config : undefined
  const configName = named ?? readSettings(env).configFile ?? 'tracker-links.yaml'
  const configPath = resolve(directory, configName)
  const folder = dirname(configPath)
  const schema = relative(folder, schemaPath).split(sep).join('/')
  return {
    configName,
    dotenvName: relative(directory, join(folder, '.env')),
    configPath,
    dotenvPath: join(folder, '.env'),
    configOption: named === undefined ? '' : ` --config ${shellWord(named)}`,
    schema: schema.startsWith('.') ? schema : `./${schema}`,
  }
}

/** Throws CommandRefusal if a file is there already, or the folder is not. */
export function refuseTakenPlace({ configPath, configName, dotenvName, dotenvPath }: Place): void {
  const folder = dirname(configPath)
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory())
    throw new CommandRefusal(
      `${visible(configName)} cannot be written: its folder does not exist. Make the folder first.`,
    )
  // Without a name the server reads tracker-links.yml as well, if there is no tracker-links.yaml.
  const taken = [
    [configName, configPath] as const,
    ...(configName === 'tracker-links.yaml' ? [['tracker-links.yml', join(folder, 'tracker-links.yml')] as const] : []),
    [dotenvName, dotenvPath] as const,
  ].filter(([, path]) => existsSync(path))
  if (taken.length === 0) return
  const names = taken.map(([name]) => visible(name)).join(' and ')
  throw new CommandRefusal(
    `${names} ${taken.length === 1 ? 'is' : 'are'} there already, and nothing is written over. Run this in an empty folder; or add --dry-run, which prints what would be written, and take from it what you need.`,
  )
}
