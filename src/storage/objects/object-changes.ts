import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import type { Queries } from '../database/queries.ts'
import type { StorageLog } from '../database/storage-log.ts'
import type { PrismaClient } from '../prisma-client/client.ts'

/** Receives changes of objects. */
export type ObjectChangeListener = {
  /** An object of an application was changed or removed. Without a key, any object of the application may have been. */
  changed: (applicationId: string, key: string | undefined) => void
  /** Every change until now was reported, and later ones will be. Called again and again, until `deaf`. */
  heard: () => void
  /** From now on changes may be missed. */
  deaf: () => void
  /** A command has changed something: background work may have become due. A hint, which may be missed. */
  commandDone?: () => void
}

type Watch = { databaseUrl: string; prisma: PrismaClient; log: StorageLog; listener: ObjectChangeListener }

/** The PostgreSQL channel for changes of objects; the triggers on the table use it too. */
export const objectChannel = 'tracker_links_objects'

/** The notice of a command; those of objects start with the id of an application, which has no space. */
const commandNotice = ' command'

/** Tells the servers of a database that a command has changed something. */
export async function tellCommand(database: Queries): Promise<void> {
  await database.$queryRaw`SELECT pg_notify(${objectChannel}, ${commandNotice})::text`
}

// Milliseconds: between two proofs that changes arrive, the timeout of a proof, and the pause after a failure.
const proofInterval = 2_000
const proofTimeout = 2_000
const pause = 1_000
// Milliseconds between two log records of a failure.
const logPause = 60_000

/**
 * Listens for changes of objects, whoever makes them, on a connection of its own (LISTEN). A notice that is sent through
 * the pool proves that changes arrive, at the start and every `proofInterval`: a pooler in front of the database may accept
 * LISTEN and deliver nothing, and a dead connection may report no error. Before the first proof and after a failure the
 * listener is deaf. Returns a function that stops it.
 */
export function watchObjectChanges(watch: Watch): () => Promise<void> {
  const stop = new AbortController()
  let loggedAt = -Infinity
  const tell = (error: unknown) => {
    if (stop.signal.aborted || performance.now() - loggedAt < logPause) return
    loggedAt = performance.now()
    watch.log.info({ err: error }, 'Notices of object changes do not arrive at the moment')
  }
  const listening = (async () => {
    while (!stop.signal.aborted) {
      await listen(watch, stop.signal).catch(tell)
      watch.listener.deaf()
      await sleep(pause, undefined, { signal: stop.signal }).catch(() => {})
    }
  })()
  return () => {
    stop.abort()
    return listening
  }
}

/** Listens on one connection for as long as it delivers. */
async function listen({ databaseUrl, prisma, listener }: Watch, stop: AbortSignal): Promise<never> {
  const client = new Client({
    connectionString: databaseUrl,
    application_name: 'tracker-links listener',
    keepAlive: true,
    connectionTimeoutMillis: proofTimeout,
  })
  const over = new AbortController()
  const broken = new Promise<never>((_resolve, reject) => {
    // Not `once`: an error without a listener would end the program, and a broken connection may emit several.
    client.on('error', reject).on('end', () => reject(new Error('The connection was closed.')))
    stop.addEventListener('abort', () => reject(new Error('Stopped.')), { once: true, signal: over.signal })
  })
  broken.catch(() => {})
  const proofs = new Map<string, () => void>()
  client.on('notification', ({ payload = '' }) => {
    const space = payload.indexOf(' ')
    if (payload === commandNotice) listener.commandDone?.()
    else if (payload.startsWith(' ')) proofs.get(payload)?.()
    else if (space < 0) listener.changed(payload, undefined)
    else listener.changed(payload.slice(0, space), payload.slice(space + 1))
  })
  const prove = async () => {
    // The notice of a change starts with an application's id, never with a space.
    const proof = ` ${randomUUID()}`
    const arrival = new Promise<void>(resolve => proofs.set(proof, resolve))
    await Promise.race([
      Promise.all([arrival, prisma.$queryRaw`SELECT pg_notify(${objectChannel}, ${proof})::text`]),
      broken,
      late(),
    ])
    proofs.delete(proof)
  }

  try {
    await Promise.race([client.connect().then(() => client.query(`LISTEN ${objectChannel}`)), broken])
    for (;;) {
      await prove()
      listener.heard()
      await Promise.race([sleep(proofInterval, undefined, { ref: false }), broken])
    }
  } finally {
    over.abort()
    client.end().catch(() => {})
  }
}

async function late(): Promise<never> {
  await sleep(proofTimeout, undefined, { ref: false })
  throw new Error('A notice did not arrive: is a pooler in transaction mode in front of the database?')
}
