import type { FastifyRequest } from 'fastify'
import type { Test } from 'tap'
import { fillDefaults } from '../../src/config/fill-defaults.ts'
import type { ApplicationEntry, Config } from '../../src/config/schema.ts'
import type { Actor } from '../../src/links/actor.ts'
import { createLogger } from '../../src/logging/logger.ts'
import { buildSandbox } from '../../src/sandbox/sandbox-app.ts'
import type { Settings } from '../../src/sandbox/world/settings.ts'
import { createWorld } from '../../src/sandbox/world/world.ts'
import { openServer, type Server } from '../../src/server.ts'
import { parseIssueKey } from '../../src/tracker-contract/issue-key.ts'
import { parseRemoteKey } from '../../src/tracker-contract/remote-key.ts'
import { storedLinks } from './stored.ts'
import { collect, openedStorage } from './test-app.ts'
import { testDatabase } from './test-database.ts'
import { until } from './until.ts'

const registered = {
  id: 'crm',
  name: 'Example CRM',
  frontUrl: 'https://crm.example.com/{{remoteKey}}',
  defaultIconUrl: 'https://crm.example.com/icon.svg',
  responsible: 'crm@example.com',
}
const entry: ApplicationEntry = { ...registered, authorization: { kind: 'none' }, mirror: true }

/** What a test does with a request to Tracker before it is answered: a status is answered instead. */
export type Meddle = (request: FastifyRequest) => Promise<number | undefined> | number | undefined

/** A sandbox with the application `crm` and issues TEST-1 to TEST-5, and a database; servers that mirror to it are opened by the test. */
export async function openMirrored(t: Test, settings: Partial<Settings> = {}) {
  const { prisma, url } = await testDatabase(t)
  const world = createWorld({ applications: [{ ...registered, oauthToken: 'canary-fixed' }], settings })
  const { app } = await buildSandbox({ world })
  const requests: string[] = []
  const sandbox: { meddle: Meddle } = { meddle: () => undefined }
  app.addHook('preHandler', async (request, reply) => {
    requests.push(`${request.method} ${request.url}`)
    const status = await sandbox.meddle(request)
    if (status !== undefined) await reply.code(status).send({ errors: {}, errorMessages: [`Played ${status}.`] })
  })
  const trackerUrl = await app.listen({ port: 0, host: '127.0.0.1' })
  t.teardown(() => app.close())

  const lines: Record<string, unknown>[] = []
  const log = createLogger('trace', collect(lines))
  const configOf = (change: Partial<ApplicationEntry> = {}, more: { token?: string } = {}): Config => {
    const organization = { kind: 'yandex360', id: '1', token: 'canary-tracker', url: trackerUrl, ...more } as const
    const organizations = { main: { ...organization, rate: { search: 1_000, other: 1_000 } } }
    const file = { publicUrl: 'https://links.example.com', applications: [{ ...entry, ...change }], organizations }
    return fillDefaults(file, import.meta.dirname)
  }
  const open = async (config = configOf()): Promise<Server & { next: { config: Config } }> => {
    const next = { config }
    const readAgain = () => ({ config: next.config, needRestart: [] })
    const server = await openServer({
      config,
      log,
      readAgain,
      openStorage: async () => ({
        ...openedStorage(prisma, () => true),
        watchObjects: ({ commandDone = () => {} }) => void hints.add(commandDone),
      }),
    })
    t.teardown(() => server.close())
    await until(async () => (await prisma.follower.count()) > 0)
    return Object.assign(server, { next })
  }
  const changes = storedLinks(prisma)
  /** The servers are told of a change, as by a command. */
  const hints = new Set<() => void>()
  const change = async (kind: 'create' | 'remove', issue: string, key: string, actor: Actor = { kind: 'operator' }) => {
    const [issueKey, remoteKey] = [parseIssueKey(issue), parseRemoteKey(key)]
    if (issueKey === undefined || remoteKey === undefined) throw new Error(`no keys: ${issue} ${key}`)
    await changes.change({ kind, applicationId: 'crm', links: [{ issueKey, remoteKey }], actor })
    for (const hint of hints) hint()
  }
  return {
    prisma,
    url,
    world,
    sandbox,
    requests,
    lines,
    configOf,
    open,
    create: (issue: string, key: string, actor?: Actor) => change('create', issue, key, actor),
    remove: (issue: string, key: string, actor?: Actor) => change('remove', issue, key, actor),
    /** `TEST-1 a`, for each remote link of the sandbox. */
    inTracker: () =>
      world
        .issues()
        .flatMap(issue => world.remoteLinksOf(issue).map(({ key }) => `${issue.key} ${key}`))
        .sort(),
    mirrorOf: (remoteKey: string) => prisma.linkMirror.findFirst({ where: { remoteKey } }),
    /** Waits until nothing is left to do. */
    quiet: () =>
      until(async () => {
        const [last] = await prisma.linkEvent.findMany({ orderBy: { id: 'desc' }, take: 1 })
        const follower = await prisma.follower.findFirst({ where: { name: 'mirror' } })
        if (last && follower?.eventId !== last.id) return false
        return (
          (await prisma.linkMirror.count({
            where: { OR: [{ nextAt: { not: null } }, { leaseToken: { not: null } }] },
          })) === 0
        )
      }),
  }
}
