import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import type { StorageLog } from '../database/storage-log.ts'
import type { PrismaClient } from '../prisma-client/client.ts'

/** What is told of changes of objects. */
export type ObjectChangeListener = {
  /** An object of an application was changed or removed; without a key, any of them may have been. */
  changed: (applicationId: string, key: string | undefined) => void
  /** Every change up to now was told, and will be from now on. Said again and again. */
  heard: () => void
  /** From now on changes may be missed. */
  deaf: () => void
}

type Watch = { databaseUrl: string; prisma: PrismaClient; log: StorageLog; listener: ObjectChangeListener }

/** The channel of PostgreSQL on which changes are told, by the triggers on the objects as well. */
export const objectChannel = 'tracker_links_objects'

// Milliseconds: how often it is proven that changes arrive, how long a proof may take, and the pause after a failure.
const proofInterval = 2_000
const proofPatience = 2_000
const pause = 1_000
// Between two records in the log that say the same.
const logPause = 60_000

/**
 * Listens for changes of objects, whoever makes them, on a connection of its own (LISTEN). That changes arrive is proven,
 * at first and again and again, by a notice that is sent through the pool: a pooler in front of the database may take
 * LISTEN and deliver nothing, and a connection may be dead without saying so. Before the proof and after a failure the
 * listener is deaf. Returns how to stop.
 */
export function watchObjectChanges(watch: Watch): () => Promise<void> {
  const stop = new AbortController()
  let loggedAt = -Infinity
  const tell = (error: unknown) => {
    if (stop.signal.aborted || performance.now() - loggedAt < logPause) return
    loggedAt = performance.now()
    watch.log.info({ err: error }, 'Changes of objects do not arrive at the moment')
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
    connectionTimeoutMillis: proofPatience,
  })
  const over = new AbortController()
  const broken = new Promise<never>((_resolve, reject) => {
    // Not once: an error that nobody listens for would end the program, and a broken connection may tell several.
    client.on('error', reject).on('end', () => reject(new Error('The connection was closed.')))
    stop.addEventListener('abort', () => reject(new Error('Stopped.')), { once: true, signal: over.signal })
  })
  broken.catch(() => {})
  const proofs = new Map<string, () => void>()
  client.on('notification', ({ payload = '' }) => {
    const space = payload.indexOf(' ')
    if (payload.startsWith(' ')) proofs.get(payload)?.()
    else if (space < 0) listener.changed(payload, undefined)
    else listener.changed(payload.slice(0, space), payload.slice(space + 1))
  })
  const prove = async () => {
    // No application's notice starts with a space.
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
  await sleep(proofPatience, undefined, { ref: false })
  throw new Error('A notice did not arrive: is there a pooler in transaction mode before the database?')
}
