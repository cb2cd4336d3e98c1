import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { bodyShape, shownWord } from '../request-log/probe/body-shape.ts'
import { isProbed, type Probes } from '../request-log/probe/keep-probes.ts'
import { keyEncoding } from '../request-log/probe/key-encoding.ts'
import { tokenForm } from '../request-log/probe/token-form.ts'
import { shownHeaders } from '../request-log/shown-headers.ts'
import type { Sighting } from '../storage/calls/sightings.ts'

/** What is known of the calls in flight while a probe is on. */
export type SightedCalls = {
  probes: Probes
  begun: WeakMap<
    FastifyRequest,
    { at: number; inFlight: number; reused: number; address: string | undefined; brokeOff?: number }
  >
  connections: WeakMap<object, number>
  inFlight: number
  /** Hears of a call whose caller did not wait for the answer: it ends without one. */
  brokenOff: (request: FastifyRequest, reply: FastifyReply) => void
}

/** Watches calls from their beginning. Only for a configuration in which a probe is on: the others pay nothing. */
export function watchCalls(app: FastifyInstance, probes: Probes): SightedCalls {
  const sighted: SightedCalls = {
    probes,
    begun: new WeakMap(),
    connections: new WeakMap(),
    inFlight: 0,
    brokenOff: () => {},
  }
  app.addHook('onRequest', (request, reply, done) => {
    begin(sighted, request, reply)
    done()
  })
  return sighted
}

function begin(sighted: SightedCalls, request: FastifyRequest, reply: FastifyReply): void {
  const { socket } = request.raw
  const reused = sighted.connections.get(socket) ?? 0
  sighted.connections.set(socket, reused + 1)
  const call: { at: number; inFlight: number; reused: number; address: string | undefined; brokeOff?: number } = {
    at: performance.now(),
    inFlight: ++sighted.inFlight,
    reused,
    address: request.ip,
  }
  sighted.begun.set(request, call)
  reply.raw.once('close', () => {
    sighted.inFlight--
    if (reply.raw.writableFinished) return
    call.brokeOff = Math.round(performance.now() - call.at)
    sighted.brokenOff(request, reply)
  })
}

type Keys = { issueKey: string | undefined; remoteKeys: readonly string[]; taken: string | undefined }

/** What an answered call looked like; undefined if its application has no probe that is on. */
export function sightingOf(
  { probes, begun }: SightedCalls,
  request: FastifyRequest,
  reply: FastifyReply,
  { call, keys }: { call: string | undefined; keys: Keys },
): Sighting | undefined {
  const { admission, raw, originalUrl } = request
  const application = admission?.application
  const beginning = begun.get(request)
  // A trigger's sender is a template of the owner's, not Tracker's own.
  if (application === undefined || call === undefined || beginning === undefined) return undefined
  if (!isProbed(probes, application.id)) return undefined
  const { authorization } = application
  const expected = authorization.kind === 'none' ? 'authorization' : (authorization.header ?? 'authorization')
  const token = tokenForm(request.headers, expected)
  const remoteKeys = (keys.taken === undefined ? keys.remoteKeys : [keys.taken]).slice(0, 3).map(bounded)
  const contentType = rawHeader(raw.rawHeaders, 'content-type')
  const body = call === 'createLink' ? bodyShape(request.body) : undefined
  const userAgent = shownHeaders(request.headers)['user-agent']
  const readings = call === 'createLink' ? undefined : readingsOf(keys)
  const { brokeOff } = beginning
  begun.delete(request)
  return {
    call,
    status: reply.statusCode,
    milliseconds: brokeOff ?? Math.round((performance.now() - request.began) * 100) / 100,
    ...(brokeOff !== undefined && { brokeOff }),
    ...(keys.issueKey !== undefined && { issueKey: bounded(keys.issueKey) }),
    remoteKeys,
    headers: headerNames(raw.rawHeaders),
    ...(token && { token }),
    ...(typeof userAgent === 'string' && { userAgent }),
    ...(beginning.address !== undefined && { address: beginning.address }),
    httpVersion: raw.httpVersion,
    reused: beginning.reused,
    inFlight: beginning.inFlight,
    // Of a link that is created the keys are in the body; other readings of an address are guesses.
    encoding: keyEncoding(originalUrl, call === 'createLink' ? [] : [...remoteKeys.slice(0, 1), keys.issueKey ?? '']),
    ...(readings && { readings }),
    parameters: parameterNames(originalUrl),
    ...(contentType !== undefined && { contentType: shownType(contentType) }),
    ...(body && { body }),
  }
}

function readingsOf({ remoteKeys, taken }: Keys): Sighting['readings'] {
  if (remoteKeys.length < 2) return undefined
  const place = taken === undefined ? -1 : remoteKeys.indexOf(taken)
  return { of: remoteKeys.length, ...(place >= 0 && { taken: place + 1 }) }
}

const bounded = (key: string) => key.slice(0, 510).toWellFormed()

const headerNames = (raw: readonly string[]) =>
  raw
    .filter((_, index) => index % 2 === 0)
    .slice(0, 40)
    .map(shownWord)

/** As it came: a removal's is taken away before Fastify reads it. */
function rawHeader(raw: readonly string[], name: string): string | undefined {
  const at = raw.findIndex((text, index) => index % 2 === 0 && text.toLowerCase() === name)
  return at === -1 ? undefined : raw[at + 1]
}

const shownType = (text: string) => (/^[\w/+.-]+(; *charset=[\w-]+)?$/i.test(text) ? text.slice(0, 100) : '(other)')

const parameterNames = (address: string) => {
  const query = address.split('?', 2)[1]
  return query === undefined ? [] : query.split('&', 10).map(one => shownWord(one.split('=', 1)[0] ?? ''))
}
