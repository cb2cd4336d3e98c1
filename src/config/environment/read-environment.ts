import { statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { parseEnv } from 'node:util'
import { readConfigText } from '../read-config-text.ts'
import { refuseUnclearLines } from './env-file-lines.ts'

/** The variables that the settings and the configuration are read from. */
export type Environment = {
  /** Those of the process, and those of files that the process does not have. */
  env: NodeJS.ProcessEnv
  /** The absolute names of the files that were read; what the first sets, the second does not change. */
  files: readonly string[]
  /** By its name, the file that a variable came from; those of the process are not in it. */
  fileOf: ReadonlyMap<string, string>
}

/**
 * Reads `envFile` (from `--env-file`) and the `.env` beside the configuration file, if there is one. What is set already stays
 * as it is, as with Node's own `--env-file`; NAME and NAME_FILE count as one. The configuration is the one of `configFile` (from
 * `--config`), else of TRACKER_LINKS_CONFIG in `env` or in `envFile`, else it is in `directory`: so a `.env` may name another, but
 * no second `.env` is read for it. Names are relative to `directory`. `env` is not changed. Throws ConfigFaults.
 */
export function readEnvironment(options: {
  env: NodeJS.ProcessEnv
  directory: string
  envFile?: string | undefined
  configFile?: string | undefined
}): Environment {
  const { directory, envFile, configFile } = options
  let read: Environment = { env: options.env, files: [], fileOf: new Map() }
  if (envFile !== undefined)
    read = addFile(read, resolve(directory, envFile), { name: envFile, named: '--env-file', dataBase: directory })
  const config = configFile ?? (read.env.TRACKER_LINKS_CONFIG || undefined)
  const folder = config === undefined ? directory : dirname(resolve(directory, config))
  const file = join(folder, '.env')
  // A folder of this name is something else: Python's virtual environments are called so.
  if (read.files.includes(file) || !statSync(file, { throwIfNoEntry: false })?.isFile()) return read
  return addFile(read, file, { name: file, named: '.env', dataBase: folder })
}

/** `dataBase`: the folder that a relative DATA_DIR of this file starts from. */
function addFile(
  { env, files, fileOf }: Environment,
  file: string,
  { name, named, dataBase }: { name: string; named: string; dataBase: string },
): Environment {
  const text = readConfigText(file, name, named)
  refuseUnclearLines(text, name)
  const added = Object.entries(parseEnv(text)).filter(([variable]) => !isSet(variable, env))
  const values = added.map(([variable, value = '']) => [
    variable,
    variable === 'DATA_DIR' && value !== '' ? resolve(dataBase, value) : value,
  ])
  return {
    env: { ...env, ...Object.fromEntries(values) },
    files: [...files, file],
    fileOf: new Map([...fileOf, ...added.map(([variable]) => [variable, file] as const)]),
  }
}

/** Whether a variable, or the other form of it (NAME, NAME_FILE), is set. */
function isSet(variable: string, env: NodeJS.ProcessEnv): boolean {
  const other = variable.endsWith('_FILE') ? variable.slice(0, -'_FILE'.length) : `${variable}_FILE`
  return env[variable] !== undefined || Boolean(env[other])
}
