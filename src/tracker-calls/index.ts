import fastifyAuth from '@fastify/auth'
import type { FastifyInstance, FastifyPluginAsync, FastifyRequest } from 'fastify'
import type { Cards } from '../linked-objects/cards/open-cards.ts'
import type { MoveSearch } from '../links/find-moves.ts'
import type { Links } from '../links/links.ts'
import { callFields } from '../logging/call.ts'
import type { Logger } from '../logging/logger.ts'
import type { CallCounts } from '../metrics/call-counts.ts'
import type { Load } from '../overload/front.ts'
import type { CallRecorder } from '../request-log/call-recorder.ts'
import type { Probes } from '../request-log/probe/keep-probes.ts'
import type { RemoveRenamed } from '../storage/objects/remove-renamed.ts'
import type { Traces } from '../traces/open-traces.ts'
import { parseJsonBody } from '../values/json-body.ts'
import { type AdmissionOptions, createGate, noSuchCall } from './admission.ts'
import { createAnsweredCalls } from './answered-call.ts'
import { createLink } from './create-link.ts'
import { entityInfo } from './entity-info.ts'
import { removeLink } from './remove-link.ts'
import { requestProblem } from './request-rules.ts'
import { type SightedCalls, watchCalls } from './sighted-calls.ts'
import { traceCalls } from './traced-calls.ts'
import { triggers } from './triggers.ts'

export type TrackerCallsOptions = AdmissionOptions & {
  log: Logger
  links: Links
  removeRenamed: RemoveRenamed
  findCard: Cards['findCard']
  load: Load
  moves: MoveSearch
  recorder: CallRecorder
  counts: CallCounts | undefined
  /** What looks after the probes. */
  probes: Probes
  traces?: Traces | undefined
}

/**
 * The three calls that Tracker makes. Their addresses are the owners' templates, which Fastify's router cannot hold (a
 * key may be any text, encoded in any way), so the server rewrites every address to `/` and the address book finds the
 * application and the keys in the address as it came (`originalUrl`).
 */
export const trackerCalls: FastifyPluginAsync<TrackerCallsOptions> = async (app, options) => {
  await app.register(fastifyAuth)
  if (options.traces !== undefined) traceCalls(app, options.traces, options.log)
  app.decorateRequest('admission')
  app.removeAllContentTypeParsers()
  // A removal has no body, whatever its headers say.
  app.addContentTypeParser('*', { parseAs: 'buffer' }, async (request: FastifyRequest, bytes: Buffer) =>
    request.method === 'DELETE' ? undefined : parseJsonBody(bytes, 'inArrays'),
  )
  const isProbed = [...options.applications.values()].some(({ probe }) => probe !== undefined)
  const sighted: SightedCalls | undefined = isProbed ? watchCalls(app, options.probes) : undefined
  noteAnswers(app, createAnsweredCalls({ ...options, sighted }), options)
  // An unknown address is refused before its body is looked at, which may be of any form.
  app.addHook('onRequest', (request, _reply, done) =>
    done(
      requestProblem(request.raw, request.originalUrl) ??
        (request.is404 ? noSuchCall(request, options.addresses) : undefined),
    ),
  )
  // Never reached, but without it the hook would not run for unknown addresses.
  app.setNotFoundHandler(() => {})

  await app.register(entityInfo, { ...options, gate: createGate(app, 'entityInfo', options) })
  await app.register(createLink, { ...options, gate: createGate(app, 'createLink', options) })
  await app.register(removeLink, { ...options, gate: createGate(app, 'removeLink', options) })
  await app.register(triggers, options)
}

/**
 * Notes each call once it is answered. By a listener of ours and not by Fastify's hook `onResponse`, for which Fastify adds two listeners to
 * each answer and takes both away again: a tenth of a card's time.
 */
function noteAnswers(
  app: FastifyInstance,
  noteCall: ReturnType<typeof createAnsweredCalls>,
  { log }: Pick<TrackerCallsOptions, 'log'>,
): void {
  app.decorateRequest('began', 0)
  app.addHook('onRequest', (request, reply, done) => {
    request.began = performance.now()
    let isNoted = false
    reply.raw.on('finish', () => {
      // A call that is injected by a test finishes twice; `once` would cost more than this.
      if (isNoted) return
      isNoted = true
      try {
        noteCall(request, reply)
      } catch (error) {
        log.error({ ...callFields(request), err: error }, 'an answered call could not be noted')
      }
    })
    done()
  })
}
