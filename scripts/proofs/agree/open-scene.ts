import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { newApiKey } from '../../../src/management-api/api-key.ts'
import { seededRandom } from '../../../src/sandbox/chances/seeded-random.ts'
import { createPrismaClient } from '../../../src/storage/database/connection/connect.ts'
import { startEmbeddedPostgres } from '../../../src/storage/database/embedded-postgres/start-embedded-postgres.ts'
import { createApiKey } from '../../../src/storage/keys/api-keys.ts'
import { freePort, stopProgram } from '../../../test/support/start-program.ts'
import { until } from '../../../test/support/until.ts'
import { trackerAt } from '../both-sides/played-tracker.ts'
import { startReplica, startSandbox, writeConfig } from '../both-sides/programs.ts'
import { startBalancer } from './balancer.ts'
import { makeLinks } from './ledger.ts'
import type { ProvedIssue, Scene } from './operations.ts'

export type SceneOptions = {
  seed: number
  issues: number
  keys: number
  mirror?: boolean
  look?: boolean
}

const silent = { info: () => {}, warn: () => {}, error: () => {} }
const withoutLook = fileURLToPath(new URL('without-look.ts', import.meta.url))

/** Two servers on one PostgreSQL, a sandbox that calls them, and issues in it. */
export async function openScene({ seed, issues, keys, mirror = true, look = true }: SceneOptions) {
  const folder = await mkdtemp(join(tmpdir(), 'tracker-links-agree-'))
  const postgres = await startEmbeddedPostgres({ folder: join(folder, 'postgres'), log: silent })
  const databaseUrl = await postgres.url('postgres')
  const env = { DATABASE_URL: databaseUrl, LOG_LEVEL: 'fatal' }
  const port = await freePort()
  const address = `http://127.0.0.1:${port}`
  await writeConfig(folder, { tracker: address, rate: 400, mirror })
  const preload = look ? [] : [withoutLook]
  // One after the other: the first makes the tables.
  const replicas = [await startReplica(folder, env, preload), await startReplica(folder, env, preload)]
  const balancer = await startBalancer(replicas.map(replica => replica.port))
  const sandbox = await startSandbox(folder, balancer.address, port)
  const tracker = trackerAt(address)
  // Whoever adds a link without looking has two.
  await tracker.ask('PUT', '/sandbox/settings', { repeatedLink: 'duplicate' })
  const prisma = createPrismaClient({ databaseUrl, log: silent, size: 2, limitSessions: true })
  // What was changed before anybody followed is not sent, by design.
  if (mirror) await until(async () => (await prisma.follower.count()) > 0)
  const { id, key: apiKey, hash } = newApiKey()
  await createApiKey(prisma, { id, name: 'agree', hash, scopes: ['links:write'], applications: [] })
  const planted = Array.from({ length: issues }, () => ({ queue: 'TEST' }))
  const made = (await tracker.ask('POST', '/sandbox/issues', planted)) as { id: string; key: string }[]
  const scene: Scene = {
    folder,
    env,
    apiKey,
    tracker,
    replicas,
    publicAddress: balancer.address,
    issues: made.map(({ id, key }): ProvedIssue => ({ id, keys: [key], told: 1 })),
    links: makeLinks(issues, keys),
    random: seededRandom(seed),
    done: { api: 0, cli: 0, linked: 0, unlinked: 0, moved: 0, triggers: 0, repeated: 0 },
  }
  const close = async () => {
    await Promise.all(replicas.map(replica => replica.stop()))
    await stopProgram(sandbox)
    balancer.close()
    await prisma.$disconnect()
    await postgres.stop()
    await rm(folder, { recursive: true, force: true })
  }
  return { scene, prisma, postgres, close }
}
export type OpenScene = Awaited<ReturnType<typeof openScene>>
