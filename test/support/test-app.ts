import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import type { Test } from 'tap'
import { buildPublicApp } from '../../src/app.ts'
import { fillApplication } from '../../src/config/fill-defaults.ts'
import type { Application, ApplicationEntry } from '../../src/config/schema.ts'
import { createCardCache } from '../../src/linked-objects/cards/card-cache.ts'
import { type Cards, openCards } from '../../src/linked-objects/cards/open-cards.ts'
import type { ObjectSource } from '../../src/linked-objects/object-source.ts'
import { createLogger, type Logger } from '../../src/logging/logger.ts'
import { type LinkStore, linkStore } from '../../src/storage/links/link-store.ts'
import { fetchedCards } from '../../src/storage/objects/fetched-cards.ts'
import { type ObjectStore, objectStore } from '../../src/storage/objects/object-store.ts'
import type { PrismaClient } from '../../src/storage/prisma-client/client.ts'
import { buildAddressBook } from '../../src/tracker-calls/addresses/address-book.ts'
import { createAuthorizer } from '../../src/tracker-calls/authorization/authorize.ts'
import { testDatabase } from './test-database.ts'

export type TestApp = Cards & {
  app: FastifyInstance
  links: LinkStore
  objects: ObjectStore
  prisma: PrismaClient
  /** The lines that were logged so far. */
  log: Record<string, unknown>[]
  logger: Logger
  applications: ReadonlyMap<string, Application>
  setReady: (ready: boolean) => void
}

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
  const { prisma } = await testDatabase(t)
  const filled = (changes.length > 0 ? changes : [{}]).map(change =>
    fillApplication({ ...entry, ...change }, surroundings),
  )
  const applications = new Map(filled.map(application => [application.id, application]))
  const lines: Record<string, unknown>[] = []
  const log = createLogger('trace', collect(lines))
  let isReady = true
  const links = linkStore(prisma)
  const objects = objectStore(prisma)
  const cards = openCards({
    applications: filled,
    objects,
    fetched: fetchedCards(prisma),
    sources,
    rulesOf: () => info => info,
    cache: createCardCache(1024 * 1024),
    log,
  })
  const app = await buildPublicApp({
    log,
    isReady: async () => isReady,
    applications,
    authorizers: new Map(
      filled.map(({ id, authorization }) => [id, createAuthorizer(authorization, { applicationId: id, log })]),
    ),
    addresses: buildAddressBook(filled).book,
    links,
    ...cards,
  })
  t.teardown(() => app.close())
  return {
    app,
    links,
    objects,
    prisma,
    log: lines,
    logger: log,
    applications,
    setReady: ready => {
      isReady = ready
    },
    ...cards,
  }
}

/** Where the log of a test goes: into the list, and into the folder of the whole run's logs, where one is given. */
function collect(lines: Record<string, unknown>[]): Writable {
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
