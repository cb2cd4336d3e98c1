import { fillDefaults } from './fill-defaults.ts'
import type { Config } from './schema.ts'
import type { Settings } from './settings.ts'

/** Who listens on one of these is reached on the other. */
const loopbackOf: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' }

/**
 * What is served if there is no configuration file: one application that anybody may call, on this machine, with its icons and
 * pages where the server listens.
 */
export function sampleConfig({ host: listening, port }: Pick<Settings, 'host' | 'port'>): Config {
  const host = loopbackOf[listening] ?? listening
  const publicUrl = new URL(`http://${host.includes(':') ? `[${host}]` : host}:${port}`).origin
  const application = {
    id: 'demo',
    path: 'demo',
    name: 'Demo',
    frontUrl: `${publicUrl}/demo/objects/{{remoteKey}}`,
    responsible: 'nobody@example.com',
    authorization: { kind: 'none' },
    objects: {
      source: 'store',
      states: { Open: { icon: 'open' }, 'In review': { icon: 'review' }, Closed: { icon: 'done' } },
    },
  } as const
  return fillDefaults({ publicUrl, applications: [application] }, process.cwd())
}
