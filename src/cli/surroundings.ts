import { resolve } from 'node:path'
import { type Environment, readEnvironment } from '../config/environment/read-environment.ts'
import { readSettings, type Settings } from '../config/settings.ts'
import type { CliCommand, CliContext, CommandInput } from './command.ts'

/** The option that every command with a configuration has. */
export const configOption = {
  flags: '--config <file>',
  summary: 'the configuration file (default: tracker-links.yaml, if it is there)',
}

const envFileOption = {
  flags: '--env-file <file>',
  summary: 'a file with variables, such as that of a unit; those that are set already stay',
}

/** The command with the option that comes with each `--config`. */
export const withEnvFile = (command: CliCommand): CliCommand =>
  command.options?.includes(configOption) ? { ...command, options: [...command.options, envFileOption] } : command

/** The variables of a command: of the process, of `--env-file`, and of the `.env` beside the configuration. Throws ConfigFaults. */
export function readVariables({ options }: CommandInput, { env, directory }: CliContext): Environment {
  return readEnvironment({
    env,
    directory,
    envFile: typeof options.envFile === 'string' ? options.envFile : undefined,
    configFile: typeof options.config === 'string' ? options.config : undefined,
  })
}

/** The settings in the variables of a command that was called in `directory`. Throws ConfigFaults. */
export function settingsOf({ env }: Environment, directory: string): Settings {
  const settings = readSettings(env)
  return { ...settings, dataDirectory: resolve(directory, settings.dataDirectory) }
}

/** Both. Throws ConfigFaults. */
export function readSurroundings(
  input: CommandInput,
  context: CliContext,
): { settings: Settings; environment: Environment } {
  const environment = readVariables(input, context)
  return { settings: settingsOf(environment, context.directory), environment }
}
