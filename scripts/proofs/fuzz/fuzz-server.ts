import { mkdtemp, rm } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { inspect } from 'node:util'
import { configOfText } from '../../../src/config/load-config.ts'
import { createLogger } from '../../../src/logging/logger.ts'
import { newApiKey } from '../../../src/management-api/api-key.ts'
import { openServer } from '../../../src/server.ts'
import { createApiKey } from '../../../src/storage/keys/api-keys.ts'
import { openStorage } from '../../../src/storage/open-storage.ts'
import { changedClient } from '../../../test/support/changed-client.ts'
import type { Port } from './request-arbitraries.ts'

export type FuzzServer = {
  ports: Readonly<Record<Port, number>>
  /** What stands for the credentials of a case. */
  credentials: { token: string; admin: string }
  /** Lines of the log since the last call. */
  takeLog: () => string[]
  /** Remote keys that are linked in the application `tame` and begin with the name of a run. */
  linkedKeys: (run: string) => Promise<string[]>
  /** From now on statements whose values hold this text fail, as if the program had a fault; undefined: none does. */
  plantFault: (text: string | undefined) => void
  close: () => Promise<void>
}

const token = 'canary-fuzz-4c1d9e7a2b'
const application = (id: string) => ({
  id,
  name: id,
  frontUrl: `https://${id}.example.com/{{remoteKey}}`,
  responsible: 'user1@example.com',
  authorization: { kind: 'token', tokens: [token] },
})

/** The real server over an embedded PostgreSQL: `wild` is fuzzed, and `tame` shows whether what is acknowledged is kept. */
export async function startFuzzServer(): Promise<FuzzServer> {
  const folder = await mkdtemp(join(tmpdir(), 'tracker-links-fuzz-'))
  const lines: string[] = []
  const log = createLogger(
    'trace',
    new Writable({ write: (chunk, _encoding, done) => done(void lines.push(String(chunk))) }),
  )
  let planted: string | undefined
  const text = JSON.stringify({
    publicUrl: 'https://links.example.com',
    applications: ['wild', 'tame'].map(application),
  })
  const server = await openServer({
    config: configOfText(text, { name: 'tracker-links.yaml', env: {}, folder, checks: [] }),
    log,
    openStorage: async () => {
      const storage = await openStorage({ dataDirectory: join(folder, 'data'), log })
      const { prisma } = storage
      const $queryRaw = (...statement: Parameters<typeof prisma.$queryRaw>) => {
        if (planted !== undefined && inspect(statement, { depth: 5 }).includes(planted))
          throw new Error('a planted fault')
        return prisma.$queryRaw(...statement)
      }
      return { ...storage, prisma: changedClient(prisma, { $queryRaw }) }
    },
  })
  const { prisma } = server.storage
  const { id, key, hash } = newApiKey()
  await createApiKey(prisma, { id, name: 'fuzz', hash, scopes: ['admin'], applications: [] })
  const listen = async (app: typeof server.publicApp) => {
    await app.listen({ host: '127.0.0.1', port: 0 })
    return (app.server.address() as AddressInfo).port
  }
  return {
    ports: { public: await listen(server.publicApp), admin: await listen(server.adminApp) },
    credentials: { token, admin: key },
    takeLog: () => lines.splice(0),
    linkedKeys: async run =>
      (await prisma.link.findMany({ where: { applicationId: 'tame', remoteKey: { startsWith: run } } })).map(
        ({ remoteKey }) => remoteKey,
      ),
    plantFault: fault => {
      planted = fault
    },
    close: async () => {
      await server.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
