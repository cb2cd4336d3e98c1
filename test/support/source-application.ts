import type { Test } from 'tap'
import { fillApplication } from '../../src/config/fill-defaults.ts'
import type { Application, ObjectSourceConfig } from '../../src/config/schema.ts'
import type { ObjectSource } from '../../src/linked-objects/object-source.ts'
import { openObjectSource } from '../../src/linked-objects/sources/open-object-source.ts'
import type { ObjectInfo } from '../../src/tracker-contract/object-info.ts'
import type { RemoteKey } from '../../src/tracker-contract/remote-key.ts'

const publicUrl = 'https://links.example.com'

/** An application with this source; files are relative to `directory`. */
export function applicationWith(objects: ObjectSourceConfig, directory = '/', id = 'crm'): Application {
  const entry = {
    id,
    name: 'Example CRM',
    frontUrl: 'https://crm.example.com/{{remoteKey}}',
    responsible: 'user1@example.com',
    authorization: { kind: 'none' },
    objects,
  } as const
  return fillApplication(entry, { publicUrl, directory })
}

/** The source of an application, closed when the test is over, with what it logged. */
export function sourceOf(t: Pick<Test, 'teardown'>, objects: ObjectSourceConfig, directory?: string, id?: string) {
  const logged: { level: string; record: object; text: string }[] = []
  const write = (level: string) => (record: object, text: string) => void logged.push({ level, record, text })
  const log = { warn: write('warn'), info: write('info') } as Parameters<typeof openObjectSource>[1]['log']
  const source = openObjectSource(applicationWith(objects, directory, id), { log, publicUrl }) as ObjectSource
  t.teardown(() => source.close())
  return {
    source,
    logged,
    find: (key: string, signal = new AbortController().signal): Promise<ObjectInfo | undefined> =>
      source.find(key as RemoteKey, signal),
  }
}
