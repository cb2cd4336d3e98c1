import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { newApiKey } from '../../../src/management-api/api-key.ts'
import { createPrismaClient } from '../../../src/storage/database/connection/connect.ts'
import { startEmbeddedPostgres } from '../../../src/storage/database/embedded-postgres/start-embedded-postgres.ts'
import { createApiKey } from '../../../src/storage/keys/api-keys.ts'
import { freePort, stopProgram } from '../../../test/support/start-program.ts'
import { trackerAt } from '../both-sides/played-tracker.ts'
import { startReplica, startSandbox, writeConfig } from '../both-sides/programs.ts'

const silent = { info: () => {}, warn: () => {}, error: () => {} }

export type OpenScene = Awaited<ReturnType<typeof openScene>>

/** A PostgreSQL, a server on it and a sandbox. The mirror is off: what differs is left to the reconciliation. */
export async function openScene(rate: number) {
  const folder = await mkdtemp(join(tmpdir(), 'tracker-links-reconcile-'))
  const postgres = await startEmbeddedPostgres({ folder: join(folder, 'postgres'), log: silent })
  const databaseUrl = await postgres.url('postgres')
  const env = { DATABASE_URL: databaseUrl, LOG_LEVEL: 'fatal' }
  const port = await freePort()
  const address = `http://127.0.0.1:${port}`
  await writeConfig(folder, { tracker: address, rate, mirror: false })
  const server = await startReplica(folder, env)
  const sandbox = await startSandbox(folder, `http://127.0.0.1:${server.port}`, port)
  const prisma = createPrismaClient({ databaseUrl, log: silent, size: 2, limitSessions: true })
  const { id, key: apiKey, hash } = newApiKey()
  await createApiKey(prisma, { id, name: 'reconcile', hash, scopes: ['links:write'], applications: [] })
  return {
    folder,
    env,
    server,
    prisma,
    apiKey,
    tracker: trackerAt(address),
    async close() {
      await server.stop()
      await stopProgram(sandbox)
      await prisma.$disconnect()
      await postgres.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
