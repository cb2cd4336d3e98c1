import { once } from 'node:events'
import type { Readable } from 'node:stream'
import type { FastifyPluginAsync, FastifyRequest } from 'fastify'
import type { Application } from '../../config/schema.ts'
import { Problem } from '../../errors/problem.ts'
import { callFields } from '../../logging/call.ts'
import type { Logger } from '../../logging/logger.ts'
import type { Queries } from '../../storage/database/queries.ts'
import { type PutObject, putObjects } from '../../storage/objects/put-objects.ts'
import { callerOf } from '../authenticate.ts'
import type { ManagementTurns } from '../turns.ts'
import { type AnswerSpool, answerSpool } from './bulk/answer-spool.ts'
import { bulkAnswerSchema, bulkLineSchema } from './bulk/bulk-schemas.ts'
import { pushLines } from './bulk/push-lines.ts'
import { type PutMany, type PutOutcome, putWithRetry } from './bulk/put-with-retry.ts'
import { type ObjectsParams, objectsParams, refuseUnlessPushed } from './object-address.ts'

const mediaTypes = ['application/x-ndjson', 'application/jsonl', 'application/ndjson']

const schema = {
  operationId: 'pushObjects',
  tags: ['Objects'],
  summary: 'Push any number of objects, one per line',
  description:
    'The answer begins while the body is still being sent: a line for each line, in the same order, and a summary at the ' +
    'end. A line that is not valid is rejected alone. What was accepted stays, whatever happens to the rest. Send lines ' +
    'that failed, and those from `resumeAtLine` on, again; that is harmless.',
  consumes: mediaTypes,
  params: objectsParams,
  response: {
    200: {
      description: 'What became of each line.',
      content: { 'application/x-ndjson': { schema: bulkAnswerSchema } },
    },
  },
} as const

type Options = {
  database: Queries
  applications: ReadonlyMap<string, Application>
  turns: ManagementTurns
  authenticate: (request: FastifyRequest) => Promise<void>
  log: Logger
}

/** Pushes a stream of objects, in constant memory. */
export const pushBulk: FastifyPluginAsync<Options> = async (app, options) => {
  const { database, turns, applications, authenticate, log } = options
  app.removeAllContentTypeParsers()
  // The body as it arrives, without a limit.
  app.addContentTypeParser(mediaTypes, async (_request: unknown, body: Readable) => body)
  const stopping = new AbortController()
  app.addHook('preClose', async () => stopping.abort())

  app.post<{ Params: ObjectsParams; Body: Readable | undefined }>(
    '/api/applications/:applicationId/objects/bulk',
    {
      schema,
      config: {
        scopes: ['objects:write'],
        errors: ['objects-not-pushed', 'media-type-unsupported'],
        bodySchema: bulkLineSchema,
      },
    },
    async (request, reply) => {
      const { applicationId } = request.params
      refuseUnlessPushed(applications, applicationId)
      const { body } = request
      if (!body) throw new Problem('media-type-unsupported', 'The body is not NDJSON.')

      const { apiKeyId } = callerOf(request)
      const end = beginPush(turns, apiKeyId, body)
      const spool = answerSpool()
      const about = { ...callFields(request), application: applicationId }
      const inTurn = (batch: readonly PutObject[]) =>
        turns.query(apiKeyId, () => putObjects(database, applicationId, batch))
      const putBatch = putWithRetry(inTurn, log)
      // The key may have been revoked since the push began.
      const put: PutMany = async batch => (await refusal(() => authenticate(request))) ?? putBatch(batch)
      void answerAll(body, { put, spool, stop: stopping.signal, log, about })
        .then(() => untilClosed(spool))
        .then(end)
      // A proxy that buffers the answer would keep the caller waiting.
      return reply.header('x-accel-buffering', 'no').type('application/x-ndjson').send(spool.readable)
    },
  )
}

/** Counts the push until its caller has read its answers. One that is refused is not read, only dropped for a moment. */
function beginPush({ pushes }: ManagementTurns, apiKeyId: string, body: Readable): () => void {
  try {
    return pushes.begin(apiKeyId)
  } catch (error) {
    body.on('error', () => {})
    setTimeout(() => body.destroy(), farewellMs).unref()
    throw error
  }
}

const untilClosed = async ({ readable }: AnswerSpool) => readable.closed || (await once(readable, 'close'))

/** Why a batch may not be stored for its caller. If the database fails here, storing fails too and reports it. */
async function refusal(authenticate: () => Promise<void>): Promise<PutOutcome | undefined> {
  try {
    await authenticate()
    return undefined
  } catch (error) {
    if (!(error instanceof Problem) || error.status !== 401) return undefined
    return { failure: { code: error.code, detail: error.message } }
  }
}

/** How long a caller may read the answer after we have stopped reading the body. */
const farewellMs = 5_000

/** Reads the body to its end, or until something fails, and answers. */
async function answerAll(
  body: Readable,
  { put, spool, stop, log, about }: { put: PutMany; spool: AnswerSpool; stop: AbortSignal; log: Logger; about: object },
): Promise<void> {
  const started = performance.now()
  // `nextChunk` throws it; between two reads nothing would listen.
  body.on('error', () => {})
  stop.addEventListener('abort', spool.giveUp)
  try {
    const { counts, stopped } = await pushLines(body, { put, answer: spool.write, stop })
    const milliseconds = Math.round(performance.now() - started)
    const summary = { complete: !stopped, ...counts, milliseconds, ...(stopped && { stopped }) }
    log.info({ ...about, ...summary }, 'bulk push')
    await spool.write(`${JSON.stringify({ summary })}\n`)
    spool.end()
    // The rest of the body is read and dropped, so that the caller gets to read the answer.
    body.resume()
    if (stop.aborted || stopped?.code === 'api-key-unknown') setTimeout(() => body.destroy(), farewellMs).unref()
  } catch (error) {
    log.info({ ...about, reason: error instanceof Error ? error.message : 'unknown' }, 'bulk push broke off')
    spool.readable.destroy()
  } finally {
    stop.removeEventListener('abort', spool.giveUp)
  }
}
