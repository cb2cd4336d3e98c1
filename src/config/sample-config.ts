import { fillDefaults } from './fill-defaults.ts'
import type { Config } from './schema.ts'

/** What is served if there is no configuration file: one application that anybody may call, on this machine. */
export const sampleConfig: Config = fillDefaults(
  {
    publicUrl: 'http://127.0.0.1:8080',
    applications: [
      {
        id: 'demo',
        path: 'demo',
        name: 'Demo',
        frontUrl: 'http://127.0.0.1:8080/demo/objects/{{remoteKey}}',
        responsible: 'nobody@example.com',
        authorization: { kind: 'none' },
        objects: {
          source: 'store',
          states: { Open: { icon: 'open' }, 'In review': { icon: 'review' }, Closed: { icon: 'done' } },
        },
      },
    ],
  },
  process.cwd(),
)
