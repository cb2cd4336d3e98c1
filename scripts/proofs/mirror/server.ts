// A server over the database in DATABASE_URL that mirrors the application `crm` to the Tracker in TRACKER_URL, for mirror-test.ts. Says
// its ports to its parent. With `--without` it has no organization: nothing is followed, and nothing sent.
import type { AddressInfo } from 'node:net'
import { fillDefaults } from '../../../src/config/fill-defaults.ts'
import { createLogger } from '../../../src/logging/logger.ts'
import { openServer } from '../../../src/server.ts'
import { openStorage } from '../../../src/storage/open-storage.ts'
import { registered } from './tracker.ts'

const { DATABASE_URL: databaseUrl = '', TRACKER_URL: url = '', RATE: rate = '8' } = process.env
const isWithout = process.argv.includes('--without')
const log = createLogger('silent', process.stderr)
const organization = { kind: 'yandex360', id: '1', token: 'canary-tracker', url } as const

const { publicApp, adminApp } = await openServer({
  config: fillDefaults(
    {
      publicUrl: 'https://links.example.com',
      applications: [{ ...registered, authorization: { kind: 'none' }, mirror: !isWithout }],
      ...(!isWithout && { organizations: { main: { ...organization, rate: { other: Number(rate) } } } }),
    },
    import.meta.dirname,
  ),
  log,
  openStorage: () => openStorage({ databaseUrl, dataDirectory: '', log, mustOwn: true }),
})
const ports: number[] = []
for (const app of [publicApp, adminApp]) {
  await app.listen({ port: 0, host: '127.0.0.1' })
  ports.push((app.server.address() as AddressInfo).port)
}
process.send?.(ports)
process.once('disconnect', () => process.exit())
