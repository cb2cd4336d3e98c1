import { createHash } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Problem, problemBody, problemType } from '../errors/problem.ts'
import type {
  IdempotentAnswers,
  KeptAnswer,
  OnceOutcome,
  OnceRequest,
  WriteAccess,
} from '../storage/keys/idempotent-answers.ts'
import { callerOf, presentedKey } from './authenticate.ts'
import { seal, unseal } from './seal.ts'
import type { ManagementTurns } from './turns.ts'

/** What a write answers. A body is any value that `JSON.stringify` takes; left out: none. */
export type WriteAnswer = { status: number; headers?: Record<string, string>; body?: unknown }

type Work = (access: WriteAccess) => Promise<WriteAnswer>

/**
 * Does a write of an endpoint with `config.onlyOnce`, and answers. If something must come first that may take long, such as a
 * question to an object source, `prepare` does it, while no transaction is open, and returns the work. `finish` does what has to follow
 * its commit; a repeat does it again, since the first call may have ended before it.
 */
export type OnlyOnce = (
  request: FastifyRequest,
  reply: FastifyReply,
  what: Work | { prepare: () => Promise<Work>; finish?: () => Promise<void> },
) => Promise<FastifyReply>

declare module 'fastify' {
  interface FastifyRequest {
    /** The bytes of the body, if there is one. */
    bodyBytes: Buffer | undefined
  }
  interface FastifyContextConfig {
    /** The endpoint takes the header Idempotency-Key. */
    onlyOnce?: true
  }
}

/**
 * Without the header Idempotency-Key the work just runs. With it the change and its answer are one transaction, and a repeat
 * of the request, while its answer is kept, gets the same answer, byte for byte. Problems that the work throws are kept, too; failures
 * of the server are not. Throws Problem `idempotency-key-invalid`, `idempotency-key-reused`, `idempotency-key-in-use`.
 */
export function createOnlyOnce(options: Options): OnlyOnce {
  const { idempotentAnswers: answers, turns } = options
  return async (request, reply, what) => {
    const { apiKeyId } = callerOf(request)
    const idempotencyKey = readIdempotencyKey(request)
    if (idempotencyKey === undefined) {
      const work = await readied(what)
      const answer = keptAnswer(await turns.query(apiKeyId, () => work(options)))
      await finish(what)
      return send(reply, answer)
    }
    const apiKey = presentedKey(request) ?? ''
    const named = { apiKeyId, idempotencyKey, requestHash: hashOf(request) }
    // What was done before is not prepared again.
    const former = typeof what === 'function' ? undefined : await turns.query(apiKeyId, () => answers.find(named))
    const outcome = former ?? (await doOnce(options, { request, named, what, apiKey }))
    if ('answer' in outcome && outcome.answer.status < 400) await finish(what)
    return sendOutcome(reply, outcome, apiKey)
  }
}

const readied = (what: Parameters<OnlyOnce>[2]) => (typeof what === 'function' ? what : what.prepare())

const finish = async (what: Parameters<OnlyOnce>[2]) => typeof what !== 'function' && what.finish?.()

type Options = WriteAccess & { idempotentAnswers: IdempotentAnswers; turns: ManagementTurns }
type Once = { request: FastifyRequest; named: OnceRequest; what: Parameters<OnlyOnce>[2]; apiKey: string }

async function doOnce({ idempotentAnswers, turns }: Options, once: Once): Promise<OnceOutcome> {
  const { request, named, what, apiKey } = once
  // An answer may hold a secret, such as a new API key: it must not be readable in the database.
  const sealed = (answer: KeptAnswer) => ({ ...answer, body: seal(answer.body, apiKey) })
  // A refusal of the preparation, too, is an answer to be kept.
  const [prepared] = await Promise.allSettled([readied(what)])
  const work = async (access: WriteAccess) => {
    if (prepared.status === 'rejected') throw prepared.reason
    return sealed(keptAnswer(await prepared.value(access)))
  }
  const refuse = (error: unknown) => {
    const refused = refusal(error, request)
    return refused && sealed(refused)
  }
  return turns.query(named.apiKeyId, () => idempotentAnswers.once(named, work, refuse))
}

function sendOutcome(reply: FastifyReply, outcome: OnceOutcome, apiKey: string): FastifyReply {
  if (outcome.kind === 'reused')
    throw new Problem('idempotency-key-reused', 'This key was sent with another request before.')
  if (outcome.kind === 'inUse')
    throw new Problem('idempotency-key-in-use', 'The first request with this key is not answered yet.', {
      headers: { 'retry-after': '1' },
    })
  if (outcome.kind === 'replayed') reply.header('idempotency-replayed', 'true')
  return send(reply, { ...outcome.answer, body: unseal(outcome.answer.body, apiKey) })
}

function readIdempotencyKey({ headers, raw }: FastifyRequest): string | undefined {
  const value = headers['idempotency-key']
  if (value === undefined) return undefined
  const times = raw.rawHeaders.filter(
    (name, index) => index % 2 === 0 && name.toLowerCase() === 'idempotency-key',
  ).length
  if (typeof value === 'string' && times === 1 && /^[\x21-\x7e]{1,255}$/.test(value)) return value
  throw new Problem('idempotency-key-invalid', 'The header Idempotency-Key is not 1 to 255 visible ASCII characters.')
}

/** The parts cannot run into each other: each has a fixed length or cannot hold the line break that ends it. */
function hashOf({ method, url, headers, bodyBytes = Buffer.alloc(0) }: FastifyRequest): Uint8Array<ArrayBuffer> {
  const conditions = `${headers['if-match'] ?? ''}\n${headers['if-none-match'] ?? ''}`
  const digest = createHash('sha256').update(`${method} ${url}\n${conditions}\n`).update(bodyBytes).digest()
  return new Uint8Array(digest)
}

const keptAnswer = ({ status, headers = {}, body }: WriteAnswer): KeptAnswer =>
  body === undefined
    ? { status, headers, body: '' }
    : { status, headers: { 'content-type': 'application/json; charset=utf-8', ...headers }, body: JSON.stringify(body) }

/** The answer that a refusal is; undefined for what failed on our side, which may go well the next time. */
function refusal(error: unknown, { id }: FastifyRequest): KeptAnswer | undefined {
  if (!(error instanceof Problem) || error.status >= 500) return undefined
  const headers = { ...error.headers, 'content-type': problemType }
  return { status: error.status, headers, body: JSON.stringify(problemBody(error, id)) }
}

function send(reply: FastifyReply, { status, headers, body }: KeptAnswer): FastifyReply {
  reply.code(status).headers(headers)
  return status === 204 ? reply.send() : reply.send(body)
}
