import type { Queries } from '../database/queries.ts'
import type { ApiKeyModel } from '../prisma-client/models.ts'

/** The keys of the management API. Errors are the driver's; `databaseProblem` classifies them. */

/** A key as it is stored: everything but the key itself. */
export type StoredApiKey = Omit<ApiKeyModel, 'hash'>

export type NewApiKey = {
  id: string
  name: string
  /** The SHA-256 of the whole key. */
  hash: Uint8Array<ArrayBuffer>
  scopes: readonly string[]
  applications: readonly string[]
  expiresAt?: Date
}

// Every id has this form. Others are not looked up: the database would refuse a NUL.
const idForm = /^[a-z0-9]+$/

const shown = { hash: true } as const

/** Stores a new key. */
export function createApiKey(database: Queries, key: NewApiKey): Promise<StoredApiKey> {
  const { scopes, applications, expiresAt = null, ...rest } = key
  return database.apiKey.create({
    data: { ...rest, expiresAt, scopes: [...scopes], applications: [...applications] },
    omit: shown,
  })
}

/** The key with this hash, valid or not; undefined if there is none. */
export async function findApiKeyByHash(
  database: Queries,
  hash: Uint8Array<ArrayBuffer>,
): Promise<StoredApiKey | undefined> {
  return (await database.apiKey.findUnique({ where: { hash }, omit: shown })) ?? undefined
}

/** The key with this id; undefined if there is none. */
export async function findApiKey(database: Queries, id: string): Promise<StoredApiKey | undefined> {
  if (!idForm.test(id)) return undefined
  return (await database.apiKey.findUnique({ where: { id }, omit: shown })) ?? undefined
}

/** All keys, the newest first. */
export function listApiKeys(database: Queries): Promise<StoredApiKey[]> {
  return database.apiKey.findMany({ orderBy: [{ createdAt: 'desc' }, { id: 'asc' }], omit: shown })
}

/** Revokes a key, once and for all. Returns whether it was valid until now. */
export async function revokeApiKey(database: Queries, id: string): Promise<boolean> {
  if (!idForm.test(id)) return false
  const { count } = await database.apiKey.updateMany({
    where: { id, revokedAt: null },
    data: { revokedAt: new Date() },
  })
  return count > 0
}

/** Records that a key was used now. */
export async function touchApiKey(database: Queries, id: string): Promise<void> {
  await database.apiKey.updateMany({ where: { id }, data: { lastUsedAt: new Date() } })
}
