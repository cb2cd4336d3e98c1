import type { AddressInfo } from 'node:net'
import closeWithGrace from 'close-with-grace'
import type { FastifyInstance } from 'fastify'
import { buildAdminApp, buildPublicApp } from '../app.ts'
import { createCardCache } from '../linked-objects/cards/card-cache.ts'
import { openCards } from '../linked-objects/cards/open-cards.ts'
import { createChangeFeed } from '../links/change-feed.ts'
import { createLogger, type Logger } from '../logging/logger.ts'
import { openStorage } from '../storage/database/opening/open-storage.ts'
import { apiKeyStore } from '../storage/keys/api-key-store.ts'
import { idempotentAnswers } from '../storage/keys/idempotent-answers.ts'
import { linkFeed } from '../storage/links/link-feed.ts'
import { linkStore } from '../storage/links/link-store.ts'
import { fetchedCards } from '../storage/objects/fetched-cards.ts'
import { objectStore } from '../storage/objects/object-store.ts'
import { buildAddressBook } from '../tracker-calls/addresses/address-book.ts'
import { createAuthorizer } from '../tracker-calls/authorization/authorize.ts'
import { banner } from './banner.ts'
import { type CliCommand, type CliContext, type CommandInput, CommandRefusal } from './command.ts'
import { configOption, type Program, readProgram } from './open-program.ts'
import { openSources } from './open-sources.ts'
import { sampleObjects } from './sample-objects.ts'
import type { SampleSandbox } from './sandbox/sample-sandbox.ts'

/** Cards in memory: some 110,000 of usual size. */
const cardCacheBytes = 64 * 1024 * 1024

/** Milliseconds that work in flight gets at a stop, after the drain; then the process ends whatever happens. */
const lastWork = 23_000

export const serve: CliCommand = {
  name: 'serve',
  summary: "answer Tracker's calls until stopped (SIGTERM, Ctrl-C)",
  options: [configOption],
  examples: ['serve', 'serve --config tracker-links.yaml'],
  run: runServer,
}

async function runServer(input: CommandInput, context: CliContext): Promise<number> {
  const program = readProgram(input, context)
  const { settings, config, source } = program
  const isTrial = source === undefined && context.env.NODE_ENV !== 'production'
  // A new user at a terminal reads the banner first; what is logged before it would only stand in its way.
  const log = createLogger(isTrial && context.isTerminal ? 'error' : settings.logLevel)
  const started = performance.now()
  const storage = await openStorage({
    databaseUrl: settings.databaseUrl,
    dataDirectory: settings.dataDirectory,
    log,
    mustOwn: true,
  })
  const objects = objectStore(storage.prisma)
  if (source === undefined) await objects.put('demo', sampleObjects)

  const cache = createCardCache(cardCacheBytes)
  storage.watchObjects(cache.listener)
  const sources = await openSources(config, log)
  const cards = openCards({
    ...sources,
    applications: config.applications,
    objects,
    fetched: fetchedCards(storage.prisma),
    cache,
    log,
  })

  const { book, notices } = buildAddressBook(config.applications)
  const stopping = { now: false }
  const options = {
    log,
    isReady: async () => !stopping.now && (await storage.isReady()),
    applications: new Map(config.applications.map(application => [application.id, application])),
    links: linkStore(storage.prisma),
    objects,
    ...cards,
  }
  const publicApp = await buildPublicApp({
    ...options,
    authorizers: new Map(
      config.applications.map(({ id, authorization }) => [
        id,
        createAuthorizer(authorization, { applicationId: id, log }),
      ]),
    ),
    addresses: book,
  })
  const adminApp = await buildAdminApp({
    ...options,
    apiKeys: apiKeyStore(storage.prisma),
    idempotentAnswers: idempotentAnswers(storage.prisma),
    feed: createChangeFeed(linkFeed(storage.prisma)),
  })
  let sandbox: Promise<SampleSandbox> | undefined
  const close = async () => {
    await (await sandbox)?.close?.()
    await Promise.all([publicApp.close(), adminApp.close()])
    await sources.close()
    await storage.close()
  }
  try {
    await listen(publicApp, { host: settings.host, port: settings.port }, 'HOST and PORT')
    await listen(adminApp, { host: settings.adminHost, port: settings.adminPort }, 'ADMIN_HOST and ADMIN_PORT')
  } catch (error) {
    await close()
    throw error
  }

  for (const notice of notices) log.warn(notice)
  for (const { id, authorization } of config.applications)
    if (authorization.kind === 'none') log.warn({ application: id }, `anybody may call ${id}: authorization is none`)
  log.info({ milliseconds: Math.round(performance.now() - started), database: storage.description }, 'ready')
  const addresses = [addressOf(publicApp), addressOf(adminApp)] as const
  const say = (sandboxLine?: string) => {
    context.stdout.write(`${banner(program, storage, addresses, sandboxLine)}\n`)
    log.level = settings.logLevel
  }
  if (isTrial) {
    sandbox = startSampleSandbox(program, { linkServer: addresses[0], log })
    void sandbox.then(({ line }) => say(line))
  } else if (source === undefined || context.isTerminal) say()
  return stopOnSignal(log, stopping, settings.drainSeconds, close)
}

/** Listens, or says in words why that cannot be. Throws CommandRefusal. */
async function listen(app: FastifyInstance, address: { host: string; port: number }, names: string): Promise<void> {
  try {
    await app.listen(address)
  } catch (error) {
    const reasons: Record<string, string> = {
      EADDRINUSE: 'another program listens there',
      EACCES: 'this user may not listen there',
      EADDRNOTAVAIL: 'this machine has no such address',
      ENOTFOUND: 'this machine has no such address',
    }
    const reason = reasons[(error as NodeJS.ErrnoException).code ?? '']
    if (reason === undefined) throw error
    throw new CommandRefusal(
      `Cannot listen on ${address.host}, port ${address.port}: ${reason}. Set ${names} to others.`,
    )
  }
}

/** After `ready`, and loaded then only: a configured server needs nothing of it. */
async function startSampleSandbox(
  { settings, config }: Program,
  { linkServer, log }: { linkServer: string; log: Logger },
): Promise<SampleSandbox> {
  const { openSampleSandbox } = await import('./sandbox/sample-sandbox.ts')
  // All but the last, which is left for the first try of a new user.
  const keys = sampleObjects.slice(0, -1).map(({ key }) => key)
  return openSampleSandbox(settings, config, { linkServer, keys, log })
}

function addressOf(app: FastifyInstance): string {
  const { address, port, family } = app.server.address() as AddressInfo
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`
}

/**
 * Waits for a signal, then stops without losing a call: not ready at once, still answering for `drainSeconds` so that a
 * balancer notices (not after Ctrl-C: nobody balances a terminal), then work in flight is answered, storage closes last.
 * Returns the exit code.
 */
function stopOnSignal(
  log: Logger,
  stopping: { now: boolean },
  drainSeconds: number,
  close: () => Promise<void>,
): Promise<number> {
  return new Promise(resolve => {
    closeWithGrace({ delay: drainSeconds * 1_000 + lastWork, logger: false }, async ({ signal, err }) => {
      stopping.now = true
      if (err) log.fatal({ err }, 'stopping after a failure')
      else log.info({ signal }, 'stopping')
      if (signal === 'SIGTERM') await new Promise(done => setTimeout(done, drainSeconds * 1000))
      await close()
      log.info('stopped')
      resolve(err ? 1 : 0)
    })
  })
}
