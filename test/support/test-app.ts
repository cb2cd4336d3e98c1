import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import type { Test } from 'tap'
import { fillApplication, fillSandbox } from '../../src/config/fill-defaults.ts'
import type { Application, ApplicationEntry, Config } from '../../src/config/schema.ts'
import { defaultRetention } from '../../src/config/schemas/retention-schema.ts'
import type { ObjectSource } from '../../src/linked-objects/object-source.ts'
import { openObjectSources } from '../../src/linked-objects/sources/open-object-sources.ts'
import { createLogger, type Logger } from '../../src/logging/logger.ts'
import { openServer, type Server, type ServerOptions } from '../../src/server.ts'
import type { Storage } from '../../src/storage/open-storage.ts'
import type { PrismaClient } from '../../src/storage/prisma-client/client.ts'
import { type StoredLinks, type StoredObjects, storedLinks, storedObjects } from './stored.ts'
import { testDatabase } from './test-database.ts'

export type TestApp = {
  app: FastifyInstance
  adminApp: FastifyInstance
  links: StoredLinks
  objects: StoredObjects
  prisma: PrismaClient
  /** Address of its database. */
  url: string
  /** The lines that were logged so far. */
  log: Record<string, unknown>[]
  logger: Logger
  applications: ReadonlyMap<string, Application>
  setReady: (ready: boolean) => void
  /** Opens another server over the same database, with what is given instead; closed when the test is over. */
  openReplica: (more?: ReplicaOptions) => Promise<Server>
}

/** `storage`: what of the database is otherwise for this server. */
export type ReplicaOptions = Partial<ServerOptions> & { storage?: Partial<Storage> }

const entry: ApplicationEntry = {
  id: 'crm',
  name: 'CRM',
  frontUrl: 'https://crm.example.com/{{remoteKey}}',
  defaultIconUrl: 'https://crm.example.com/icon.svg',
  responsible: 'crm@example.com',
  authorization: { kind: 'none' },
}

const surroundings = { publicUrl: 'https://links.example.com', directory: import.meta.dirname }

/** The real public app over a database of its own, serving the given applications (by default one, `crm`, open to all). */
export function testApp(t: Test, ...changes: Partial<ApplicationEntry>[]): Promise<TestApp> {
  return testAppWith(t, new Map(), ...changes)
}

/** The same with a played source for some of the applications, by their ids. */
export async function testAppWith(
  t: Test,
  sources: ReadonlyMap<string, ObjectSource>,
  ...changes: Partial<ApplicationEntry>[]
): Promise<TestApp> {
  const { prisma, url } = await testDatabase(t)
  const applications = (changes.length > 0 ? changes : [{}]).map(change =>
    fillApplication({ ...entry, ...change }, surroundings),
  )
  const config: Config = {
    publicUrl: surroundings.publicUrl,
    applications,
    organizations: [],
    retention: defaultRetention,
    sandbox: fillSandbox(),
  }
  const lines: Record<string, unknown>[] = []
  const log = createLogger('trace', collect(lines))
  let isReady = true
  const openReplica: TestApp['openReplica'] = async ({ storage, ...more } = {}) => {
    const server = await openServer({
      config,
      log,
      openStorage: async () => ({ ...openedStorage(storage?.prisma ?? prisma, () => isReady), ...storage }),
      ...(sources.size > 0 && {
        sources: async () => ({ ...(await openObjectSources({ ...config, applications: [] }, log)), sources }),
      }),
      ...more,
    })
    t.teardown(() => server.close())
    return server
  }
  const { publicApp, adminApp } = await openReplica()
  return {
    app: publicApp,
    adminApp,
    links: storedLinks(prisma),
    objects: storedObjects(prisma),
    prisma,
    url,
    log: lines,
    logger: log,
    applications: new Map(applications.map(application => [application.id, application])),
    setReady: ready => {
      isReady = ready
    },
    openReplica,
  }
}

/** A database that is open already and stays so. No change of an object is heard: so no card in memory is sure. */
export const openedStorage = (prisma: PrismaClient, isReady: () => boolean): Storage => ({
  prisma,
  management: prisma,
  url: '',
  description: 'the database of a test',
  dataDirectory: undefined,
  appliedMigrations: [],
  pools: () => ['calls', 'management'].map(pool => ({ pool, most: 4, open: 1, idle: 1, waiting: 0 })),
  readiness: async () => ({ ready: isReady() }),
  watchObjects: () => {},
  keepOnly: () => {},
  close: async () => {},
})

/** Where the log of a test goes: into the list, and into the folder of the whole run's logs, where one is given. */
export function collect(lines: Record<string, unknown>[]): Writable {
  const folder = process.env.TEST_LOG_DIR
  const file = folder && createWriteStream(join(folder, `app-${process.pid}.log`), { flags: 'a' })
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      for (const line of chunk.toString().split('\n').filter(Boolean)) lines.push(JSON.parse(line))
      if (file) file.write(chunk)
      done()
    },
  })
}
