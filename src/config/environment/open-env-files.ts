import { statSync } from 'node:fs'
import { settingsSchema } from '../settings.ts'
import type { Environment } from './read-environment.ts'

/** A sentence for each file of variables that holds a secret and that every user of this machine may read. */
export function tellOpenFiles({ files, fileOf }: Environment): string[] {
  return files
    .filter(file => [...fileOf].some(([name, from]) => from === file && mayBeSecret(name)) && isOpenToAll(file))
    .map(file => `every user of this machine may read ${file}: chmod 600 ${file}`)
}

/** The address of the database holds a password; what is no setting is for the configuration, which takes secrets so. */
const mayBeSecret = (name: string) =>
  name === 'DATABASE_URL' ||
  (!Object.hasOwn(settingsSchema.properties, name) && name !== 'NODE_ENV' && !name.endsWith('_FILE'))

// A group may have been given the right on purpose: that of the server.
const isOpenToAll = (file: string) => ((statSync(file, { throwIfNoEntry: false })?.mode ?? 0) & 0o004) !== 0
