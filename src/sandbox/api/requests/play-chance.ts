import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Chances, RequestFault } from '../../chances/chances.ts'
import { Refusal } from '../../world/refusal.ts'
import { trackerForm } from './answer-errors.ts'
import { setHeader } from './send-page.ts'

const bad = new Refusal(503, { errorMessages: ['The sandbox failed by chance: /sandbox/chances.'] })

/**
 * Draws what happens to a request, and does what comes before the change. Returns the fault. Throws `Refusal` 429 and 503; after
 * `lost` the route must not run.
 */
export async function playBefore(chances: Chances, request: FastifyRequest, reply: FastifyReply) {
  const { fault, late, retryAfter } = chances.ofRequest()
  request.chance = fault
  if (late > 0) await sleep(late)
  if (fault === 'failed') throw bad
  if (fault === 'lost') hangUp(request, reply)
  if (fault !== 'tooMany') return
  setHeader(reply, 'Retry-After', `${retryAfter}`)
  throw new Refusal(429, { errorMessages: ['Too many requests, by chance: wait, then try again.'] })
}

/** What comes after the change; returns the answer that is sent. */
export function playAfter(request: FastifyRequest, reply: FastifyReply, payload: unknown): unknown {
  if (request.chance === 'lostAfter') hangUp(request, reply)
  if (request.chance !== 'failedAfter' || reply.statusCode >= 300) return payload
  reply.code(503).type('application/json; charset=utf-8')
  return JSON.stringify(trackerForm(bad))
}

/** Closes the connection without an answer. */
function hangUp(request: FastifyRequest, reply: FastifyReply): void {
  reply.hijack()
  request.raw.socket.destroy()
}

declare module 'fastify' {
  interface FastifyRequest {
    /** What goes wrong with it by chance. */
    chance: RequestFault | undefined
  }
}
