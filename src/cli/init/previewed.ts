import { configOfText } from '../../config/load-config.ts'
import type { Application } from '../../config/schema.ts'
import { checkSources } from '../../linked-objects/sources/check-sources.ts'
import { buildAddressBook } from '../../tracker-calls/addresses/address-book.ts'
import { parseRemoteKey, type RemoteKey } from '../../tracker-contract/remote-key.ts'
import type { Draft } from './kind.ts'
import { keyFrom } from './typed-key.ts'

type Previewed = { application: Application; publicUrl: string; key: RemoteKey | undefined }

/**
 * The application of files that are not written yet, checked as a server would check them, and the key that a person typed for one of
 * its objects. Throws ConfigFaults.
 */
export function previewed({ contents, secrets, words }: Draft, typed: string, env: NodeJS.ProcessEnv): Previewed {
  const fromFile = Object.fromEntries(secrets.map(({ name, value }) => [name, value]))
  const config = configOfText(contents, {
    name: 'tracker-links.yaml',
    // Any token: the real one is made when all is right.
    env: { ...fromFile, ...env, [words.tokenVariable]: 'a-token' },
    folder: '.',
    checks: [applications => buildAddressBook(applications).faults, checkSources],
  })
  const [application] = config.applications
  if (!application) throw new Error('the file has one application')
  return { application, publicUrl: config.publicUrl, key: parseRemoteKey(keyFrom(typed, words.frontUrl)) }
}
