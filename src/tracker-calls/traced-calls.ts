import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type Logger, logsKeys } from '../logging/logger.ts'
import type { Traces } from '../traces/open-traces.ts'
import type { TrackerCall } from '../tracker-contract/tracker-call.ts'
import { callOfMethod } from './addresses/call-of-method.ts'
import { keysOfCall } from './call-keys.ts'

/**
 * Says of the span of a call what the log says of the call: which one it is, of which application, and the keys if the log has
 * them. No header, and nothing of the address: its route is `/`, whatever was called.
 */
export function traceCalls(app: FastifyInstance, traces: Traces, log: Logger): void {
  const withKeys = logsKeys(log)
  app.addHook('onSend', (request, reply, _payload, done) => {
    describe(request, reply, { traces, withKeys })
    done()
  })
}

function describe(
  request: FastifyRequest,
  reply: FastifyReply,
  { traces, withKeys }: { traces: Traces; withKeys: boolean },
): void {
  if (!traces.isSampled(request)) return
  const { admission, refusal } = request
  const application = admission?.application
  const call = application && callOfMethod[request.method]
  const attributes = {
    'tracker_links.application': application?.id,
    'tracker_links.call': call,
    'tracker_links.card_source': admission?.source,
    'tracker_links.request_id': request.id,
    'error.type': refusal?.code,
    ...(withKeys && call !== undefined && keyAttributes(call, request)),
  }
  traces.describe(
    request,
    call ?? 'unknown call',
    attributes,
    reply.statusCode < 500 ? undefined : (refusal?.code ?? ''),
  )
}

function keyAttributes(call: TrackerCall, request: FastifyRequest) {
  const { issueKey, remoteKeys, taken } = keysOfCall(call, request)
  return {
    'tracker_links.issue_key': issueKey?.toWellFormed(),
    'tracker_links.remote_key': (taken ?? remoteKeys[0])?.toWellFormed(),
  }
}
