import { once } from 'node:events'
import { createServer } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { CommandRefusal } from './command.ts'

/** Where a listener listens, and the settings that say so. */
export type Place = { host: string; port: number; names: string }

/**
 * Refuses before anything is opened if one of these cannot be listened on: a database takes seconds to start. Another program
 * may still take a port in between; then `listen` says so. Throws CommandRefusal.
 */
export async function refuseTakenPlaces(places: readonly Place[]): Promise<void> {
  for (const place of places) {
    if (place.port === 0) continue
    const probe = createServer()
    try {
      await once(probe.listen(place), 'listening')
    } catch (error) {
      throw inWords(error, place)
    } finally {
      probe.close()
    }
  }
}

/** Listens, or says in words why that cannot be. Throws CommandRefusal. */
export async function listen(app: FastifyInstance, place: Place): Promise<void> {
  try {
    await app.listen({ host: place.host, port: place.port })
  } catch (error) {
    throw inWords(error, place)
  }
}

const reasons: Record<string, string> = {
  EADDRINUSE: 'another program listens there',
  EACCES: 'this user may not listen there',
  EADDRNOTAVAIL: 'this machine has no such address',
  ENOTFOUND: 'this machine has no such address',
}

function inWords(error: unknown, { host, port, names }: Place): unknown {
  const reason = reasons[(error as NodeJS.ErrnoException).code ?? '']
  if (reason === undefined) return error
  return new CommandRefusal(`Cannot listen on ${host}, port ${port}: ${reason}. Set ${names} to others.`)
}
