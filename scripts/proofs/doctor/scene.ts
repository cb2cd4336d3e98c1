import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { newApiKey } from '../../../src/management-api/api-key.ts'
import { createPrismaClient } from '../../../src/storage/database/connection/connect.ts'
import { createApiKey } from '../../../src/storage/keys/api-keys.ts'
import { freePort } from '../../../test/support/start-program.ts'
import { runSql } from '../../../test/support/test-database.ts'
import { until } from '../../../test/support/until.ts'
import { runCommand, startReplica } from '../both-sides/programs.ts'
import type { Cluster } from './cluster.ts'
import { playSource } from './played-source.ts'
import { authority, openPublicAddress } from './public-address.ts'
import { openTracker } from './tracker.ts'

const silent = { info: () => {}, warn: () => {}, error: () => {} }

/** None of these may ever be printed. */
export const tokens = {
  tracker: 'canary-tracker-hW8mQ2xV7kR4tZ9yB3nF6',
  next: 'canary-next-pL5sD1gJ8cA0vN4wE7uK2iM6oT',
  source: 'canary-source-rX3fG9bH5qY1zC7jS4aP8d',
  organization: 'canary-organization-uN6eT2lW0vI5kM9xO',
}

export type SceneOptions = { source: 'store' | 'http' }

/** The application, as the configuration has it; a set-up changes parts of it. */
export type Written = Record<string, unknown>

export type Scene = Awaited<ReturnType<typeof openScene>>

/**
 * A server behind its public address, on a database of its own, an application's API, and a Tracker whose issue TEST-7 is linked to
 * the object D-1 by the call that Tracker makes. Nothing is broken.
 */
export async function openScene(cluster: Cluster, { source }: SceneOptions) {
  const folder = await mkdtemp(join(tmpdir(), 'tracker-links-doctor-'))
  const [database, upstream, front, trackerPort] = await Promise.all([
    cluster.database(),
    playSource(),
    openPublicAddress(),
    freePort(),
  ])
  const trackerUrl = `http://127.0.0.1:${trackerPort}`
  const objects = source === 'store' ? { source } : httpObjects(upstream.url)
  const configOf = (change: Written = {}): Written => configuration(front.url, trackerUrl, { objects, ...change })
  const write = (change?: Written) => writeFile(join(folder, 'tracker-links.yaml'), JSON.stringify(configOf(change)))
  await write()
  const surroundings = { DATABASE_URL: database.url, NODE_EXTRA_CA_CERTS: authority, LOG_LEVEL: 'fatal' }
  const server = await startReplica(folder, surroundings)
  front.leadTo(server.port)
  const ports = { PORT: `${server.port}`, ADMIN_PORT: new URL(server.adminAddress).port }
  const env: Record<string, string> = { ...surroundings, ...ports }

  const tracker = await openTracker({
    folder: join(folder, 'tracker'),
    port: trackerPort,
    linkServer: `http://127.0.0.1:${server.port}`,
    configOf: id => configOf({ id, path: 'crm' }),
  })
  const api = await openApi(database.url, server.adminAddress)
  if (source === 'store') await api('PUT', 'objects/D-1', { summary: 'Deal D-1' })
  await tracker.link('TEST-7', 'D-1')

  const run = (...words: string[]) => runCommand(folder, words, env)
  return {
    database,
    env,
    server,
    source: upstream,
    front,
    tracker,
    api,
    run,
    sql: (...statements: string[]) => runSql(database.admin, ...statements),
    /** Gives the server another application, as an operator does. */
    async configure(change: Written) {
      await write(change)
      const { code, errors } = await run('reload')
      if (code !== 0) throw new Error(`reload: ${errors}`)
    },
    /** Waits until the request log has what was called. */
    recorded: () => until(async () => (await countCalls(database.admin)) >= tracker.calls()),
    async close() {
      await server.stop()
      await tracker.close()
      upstream.close()
      front.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

const httpObjects = (url: string) => ({
  source: 'http',
  url: `${url}/deals/{{remoteKey}}`,
  headers: { 'X-Token': tokens.source },
  privateHosts: ['127.0.0.1'],
  mapping: { summary: 'title', status: 'state' },
})

function configuration(publicUrl: string, trackerUrl: string, change: Written): Written {
  const application = {
    id: 'crm',
    name: 'Example CRM',
    frontUrl: 'https://crm.example.com/{{remoteKey}}',
    defaultIconUrl: 'https://crm.example.com/icon.svg',
    responsible: 'crm@example.com',
    authorization: { kind: 'token', tokens: [tokens.tracker] },
    organization: 'main',
    mirror: true,
    // So short that each call asks the source.
    cards: { maxAgeSeconds: 1, staleWhileRevalidateSeconds: 1, unknownSeconds: 1 },
  }
  const main = { kind: 'yandex360', id: '1', token: tokens.organization, url: trackerUrl }
  return { publicUrl, applications: [{ ...application, ...change }], organizations: { main } }
}

async function openApi(databaseUrl: string, adminAddress: string) {
  const prisma = createPrismaClient({ databaseUrl, log: silent, size: 1, limitSessions: true })
  const { id, key, hash } = newApiKey()
  await createApiKey(prisma, { id, name: 'doctor', hash, scopes: ['links:write', 'objects:write'], applications: [] })
  await prisma.$disconnect()
  return async (method: string, path: string, body: object) => {
    const answer = await fetch(`${adminAddress}/api/applications/crm/${path}`, {
      method,
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    const told = await answer.text()
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${told}`)
  }
}

const countCalls = async (url: string) => {
  const [row] = await runSql(url, 'SELECT coalesce(sum(stands_for), 0)::integer AS calls FROM call_record')
  return Number(row?.calls)
}
