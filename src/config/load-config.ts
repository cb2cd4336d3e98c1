import { existsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { repeatedAddresses, uselessClientIds } from './check-rules.ts'
import { checkSchema } from './check-schema.ts'
import { ConfigFaults, fieldOf, type PathFault } from './config-faults.ts'
import { fillDefaults } from './fill-defaults.ts'
import { type ParsedConfig, parseConfigText } from './parse-config-text.ts'
import { readConfigText } from './read-config-text.ts'
import { type ConfigCheck, runConfigChecks } from './run-config-checks.ts'
import { sampleConfig } from './sample-config.ts'
import { type Config, type ConfigFile, configSchema } from './schema.ts'
import type { Settings } from './settings.ts'

/**
 * The configuration, and the file it came from (undefined: the built-in sample). The file is the first of: `file` (from
 * `--config`), TRACKER_LINKS_CONFIG, tracker-links.yaml (or .yml) in `directory`. Names are relative to `directory`. Throws
 * ConfigFaults with all faults of the file.
 */
export function loadConfig(options: {
  file?: string
  settings: Pick<Settings, 'configFile'>
  env: NodeJS.ProcessEnv
  directory: string
  checks?: readonly ConfigCheck[]
}): { config: Config; source: string | undefined } {
  const { env, directory, checks = [] } = options
  const chosen = chooseFile(options)
  if (!chosen) return { config: sampleConfig, source: undefined }
  const source = resolve(directory, chosen.name)
  const parsed = parseConfigText(readConfigText(source, chosen.name, chosen.named), chosen.name, env)
  const faults = findFaults(parsed, checks, dirname(source))
  if (faults.length > 0) throw new ConfigFaults(parsed.tell(faults))
  return { config: fillDefaults(parsed.value as ConfigFile, dirname(source)), source }
}

function chooseFile({
  file,
  settings,
  directory,
}: {
  file?: string
  settings: Pick<Settings, 'configFile'>
  directory: string
}) {
  if (file !== undefined) return { name: file, named: '--config' }
  if (settings.configFile !== undefined) return { name: settings.configFile, named: 'TRACKER_LINKS_CONFIG' }
  const name = ['tracker-links.yaml', 'tracker-links.yml'].find(one => existsSync(resolve(directory, one)))
  return name && { name, named: name }
}

function findFaults({ value, faults }: ParsedConfig, checks: readonly ConfigCheck[], directory: string): PathFault[] {
  // A value that could not be read, such as one from an unset variable, breaks a rule of the schema only because of that.
  const unread = new Set(faults.map(({ path }) => fieldOf(path)))
  const misfits = checkSchema(configSchema, value).filter(({ path }) => !unread.has(fieldOf(path)))
  const spoiled = [...faults, ...misfits, ...repeatedAddresses(value)]
  return [...spoiled, ...uselessClientIds(value), ...runConfigChecks(value, spoiled, checks, directory)]
}
