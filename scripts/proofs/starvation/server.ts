// A server over the database in DATABASE_URL, for starvation-test.ts. With `--unbounded` the management API has no turns and
// shares one pool with Tracker's calls, as if nothing kept it from starving them.
import type { AddressInfo } from 'node:net'
import { fillApplication, fillSandbox } from '../../../src/config/fill-defaults.ts'
import { defaultRetention } from '../../../src/config/schemas/retention-schema.ts'
import { createLogger } from '../../../src/logging/logger.ts'
import type { ManagementTurns } from '../../../src/management-api/turns.ts'
import { openServer } from '../../../src/server.ts'
import { openStorage } from '../../../src/storage/open-storage.ts'

const isUnbounded = process.argv.includes('--unbounded')
const databaseUrl = process.env.DATABASE_URL as string
const publicUrl = 'https://links.example.com'
const log = createLogger('silent', process.stderr)

const applications = ['crm', 'erp'].map(id =>
  fillApplication(
    {
      id,
      name: id,
      frontUrl: `https://${id}.example.com/{{remoteKey}}`,
      responsible: 'crm@example.com',
      authorization: { kind: 'none' },
    },
    { publicUrl, directory: import.meta.dirname },
  ),
)
const noTurns: ManagementTurns = {
  query: (_who, work) => work(),
  scan: (_who, work) => work(),
  source: (_who, work) => work(),
  pushes: { begin: () => () => {} },
}

const { publicApp, adminApp } = await openServer({
  config: { publicUrl, applications, organizations: [], retention: defaultRetention, sandbox: fillSandbox() },
  log,
  openStorage: async () => {
    const storage = await openStorage({ databaseUrl, dataDirectory: '', log, mustOwn: true })
    return isUnbounded ? { ...storage, management: storage.prisma } : storage
  },
  ...(isUnbounded && { turns: noTurns }),
})
const ports: number[] = []
for (const app of [publicApp, adminApp]) {
  await app.listen({ port: 0, host: '127.0.0.1' })
  ports.push((app.server.address() as AddressInfo).port)
}
process.send?.(ports)
