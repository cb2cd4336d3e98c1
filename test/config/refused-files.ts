import type { Test } from 'tap'
import { type ConfigFault, ConfigFaults } from '../../src/config/config-faults.ts'
import { loadConfig } from '../../src/config/load-config.ts'
import { readSettings } from '../../src/config/settings.ts'

/** The faults of a file, by the name `f.yaml`; none where it is taken. No text of them may hold a canary. */
export function faultsOf(t: Test, file: string, env: NodeJS.ProcessEnv = {}): readonly ConfigFault[] {
  const directory = t.testdir({ 'f.yaml': file })
  try {
    loadConfig({ file: 'f.yaml', settings: readSettings({}), env, directory })
    return []
  } catch (error) {
    if (!(error instanceof ConfigFaults)) throw error
    t.notOk(`${error.message}${JSON.stringify(error.faults)}`.includes('canary-'), 'no secret in the message')
    return error.faults
  }
}

/** The same, short: `line:column field` of each. */
export const placesOf = (t: Test, file: string, env: NodeJS.ProcessEnv = {}) =>
  faultsOf(t, file, env).map(({ place, field }) => `${place?.replace('f.yaml:', '')} ${field}`)

/** A whole file with one application on lines 3 to 8; `changes` replace or add keys of it. */
export function fileWith(changes: Record<string, string> = {}): string {
  const keys = {
    id: 'crm',
    name: 'Example CRM',
    frontUrl: 'https://crm.example.com/deals/{{remoteKey}}',
    defaultIconUrl: 'https://crm.example.com/icon.svg',
    responsible: 'crm-team@example.com',
    authorization: '{ kind: none }',
    ...changes,
  }
  const lines = Object.entries(keys).map(([key, value]) => `    ${key}: ${value}\n`)
  return `publicUrl: https://links.example.com\napplications:\n  -${lines.join('').slice(3)}`
}
