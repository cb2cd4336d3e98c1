import { hash } from 'node:crypto'
import { withConflictRetry } from '../database/connection/database-problem.ts'
import type { Queries } from '../database/queries.ts'
import { type ChangeLinks, linkChanger } from '../links/link-changes.ts'
import type { PrismaClient } from '../prisma-client/client.ts'

/** An answer as it was sent. */
export type KeptAnswer = { status: number; headers: Record<string, string>; body: string }

/** A write that must happen once: the caller's key, the idempotency key, and the hash of the request. */
export type OnceRequest = { apiKeyId: string; idempotencyKey: string; requestHash: Uint8Array<ArrayBuffer> }

/** What a write works with: the database or one transaction of it, and a function that changes links in it. */
export type WriteAccess = { database: Queries; changeLinks: ChangeLinks }

/** The outcome of a write: done now, done before, in flight elsewhere, or its idempotency key was used for another request. */
export type OnceOutcome =
  | { kind: 'done'; answer: KeptAnswer }
  | { kind: 'replayed'; answer: KeptAnswer }
  | { kind: 'inUse' }
  | { kind: 'reused' }

export type IdempotentAnswers = ReturnType<typeof idempotentAnswers>

/**
 * Keeps the answers to writes that had an Idempotency-Key, for as many hours as `keptHours` says; removing the older ones is
 * the work of storage/retention. Errors are the driver's.
 */
export function idempotentAnswers(prisma: PrismaClient, keptHours: () => number) {
  return {
    /**
     * Does a write once. `work` makes its changes through the access it is given, and its answer is stored in the same
     * transaction: either both are committed or neither. `refusal` turns an error of `work` into an answer: the changes
     * are undone and that answer is stored. Any other error undoes everything. If a concurrent change conflicts with the
     * transaction, the whole transaction is tried again.
     */
    once: (
      request: OnceRequest,
      work: (access: WriteAccess) => Promise<KeptAnswer>,
      refusal: (error: unknown) => KeptAnswer | undefined,
    ): Promise<OnceOutcome> =>
      withConflictRetry(() =>
        prisma.$transaction(
          async tx => {
            // Released with the transaction, so that a server that dies leaves no lock.
            const [lock] = await tx.$queryRaw<[{ taken: boolean }]>`
              SELECT pg_try_advisory_xact_lock(${lockNumber(request)}::bigint) AS taken`
            if (!lock.taken) return { kind: 'inUse' }
            return (await find(tx, request, keptHours())) ?? (await doAndKeep(tx, request, work, refusal))
          },
          { timeout: 8_000 },
        ),
      ),

    /** The outcome of an earlier write; undefined if there was none. */
    find: (request: OnceRequest): Promise<OnceOutcome | undefined> => find(prisma, request, keptHours()),
  }
}

type Row = { request_hash: Uint8Array; status: number; headers: Record<string, string>; body: string }

// A separate statement after the lock, so that it sees everything committed by then.
async function find(tx: Queries, request: OnceRequest, keptHours: number): Promise<OnceOutcome | undefined> {
  const [row] = await tx.$queryRaw<Row[]>`
    SELECT request_hash, status, headers, body FROM idempotent_answer
    WHERE api_key_id = ${request.apiKeyId} AND idempotency_key = ${request.idempotencyKey}
      AND created_at > now() - make_interval(hours => ${keptHours}::int)`
  if (!row) return undefined
  if (Buffer.compare(row.request_hash, request.requestHash) !== 0) return { kind: 'reused' }
  return { kind: 'replayed', answer: { status: row.status, headers: row.headers, body: row.body } }
}

async function doAndKeep(
  tx: Queries,
  request: OnceRequest,
  work: (access: WriteAccess) => Promise<KeptAnswer>,
  refusal: (error: unknown) => KeptAnswer | undefined,
): Promise<OnceOutcome> {
  await tx.$executeRaw`SAVEPOINT work`
  const answer = await work(accessWithin(tx)).catch(async (error: unknown) => {
    const refused = refusal(error)
    if (refused === undefined) throw error
    await tx.$executeRaw`ROLLBACK TO SAVEPOINT work`
    return refused
  })
  const { status, headers, body } = answer
  await tx.$executeRaw`
    INSERT INTO idempotent_answer (api_key_id, idempotency_key, request_hash, status, headers, body)
    VALUES (${request.apiKeyId}, ${request.idempotencyKey}, ${request.requestHash}, ${status},
            ${JSON.stringify(headers)}::jsonb, ${body})
    ON CONFLICT (api_key_id, idempotency_key) DO UPDATE SET
      (request_hash, status, headers, body, created_at) =
      (excluded.request_hash, excluded.status, excluded.headers, excluded.body, excluded.created_at)`
  return { kind: 'done', answer }
}

/** Never retries: a statement that fails aborts its transaction, so repeating only that statement is useless. */
const accessWithin = (tx: Queries): WriteAccess => ({
  database: tx,
  changeLinks: linkChanger(tx, attempt => attempt()),
})

const lockNumber = ({ apiKeyId, idempotencyKey }: OnceRequest): bigint =>
  hash('sha256', `idempotent ${apiKeyId} ${idempotencyKey}`, 'buffer').readBigInt64BE()
