import { existsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { organizationFaults, repeatedAddresses, sandboxFaults, uselessClientIds } from './check-rules.ts'
import { checkSchema } from './check-schema.ts'
import { ConfigFaults, type PathFault } from './config-faults.ts'
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
  settings: Settings
  env: NodeJS.ProcessEnv
  directory: string
  checks?: readonly ConfigCheck[]
}): { config: Config; source: string | undefined } {
  const { env, directory, checks = [] } = options
  const chosen = chooseFile(options)
  if (!chosen) return { config: sampleConfig(options.settings), source: undefined }
  const source = resolve(directory, chosen.name)
  const text = readConfigText(source, chosen.name, chosen.named)
  return { config: configOfText(text, { name: chosen.name, env, folder: dirname(source), checks }), source }
}

/** The configuration of a text that is, or will be, the file `name` in `folder`. Throws ConfigFaults with all its faults. */
export function configOfText(
  text: string,
  from: { name: string; env: NodeJS.ProcessEnv; folder: string; checks: readonly ConfigCheck[] },
): Config {
  const parsed = parseConfigText(text, from.name, from.env)
  const faults = findFaults(parsed, from.checks, from.folder)
  if (faults.length > 0) throw new ConfigFaults(parsed.tell(faults))
  return fillDefaults(parsed.value as ConfigFile, from.folder)
}

function chooseFile({ file, settings, directory }: { file?: string; settings: Settings; directory: string }) {
  if (file !== undefined) return { name: file, named: '--config' }
  if (settings.configFile !== undefined) return { name: settings.configFile, named: 'TRACKER_LINKS_CONFIG' }
  const name = ['tracker-links.yaml', 'tracker-links.yml'].find(one => existsSync(resolve(directory, one)))
  return name && { name, named: name }
}

function findFaults({ value, faults }: ParsedConfig, checks: readonly ConfigCheck[], directory: string): PathFault[] {
  // A value that could not be read, such as one from an unset variable, breaks a rule of the schema only because of that.
  const unread = new Set(faults.map(({ path }) => JSON.stringify(path)))
  const misfits = checkSchema(configSchema, value).filter(({ path }) => !unread.has(JSON.stringify(path)))
  const spoiled = [...faults, ...misfits, ...repeatedAddresses(value)]
  return [
    ...spoiled,
    ...uselessClientIds(value),
    ...organizationFaults(value),
    ...sandboxFaults(value),
    ...runConfigChecks(value, spoiled, checks, directory),
  ]
}
