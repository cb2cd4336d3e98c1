import type { Queries } from '../database/queries.ts'
import type { ApiKeyModel } from '../prisma-client/models.ts'

export type ApiKeyStore = ReturnType<typeof apiKeyStore>

/** A key as it is stored: everything but the key itself. */
export type StoredApiKey = Omit<ApiKeyModel, 'hash'>

// The database takes no NUL; no key has another id.
const idForm = /^[a-z0-9]+$/

const shown = { hash: true } as const

/** The keys of the management API. Errors are the driver's; `databaseProblem` tells them apart. */
export function apiKeyStore(prisma: Queries) {
  return {
    /** Stores a new key. `hash` is the SHA-256 of the whole key. */
    create(key: {
      id: string
      name: string
      hash: Uint8Array<ArrayBuffer>
      scopes: readonly string[]
      applications: readonly string[]
      expiresAt?: Date
    }): Promise<StoredApiKey> {
      const { scopes, applications, expiresAt = null, ...rest } = key
      return prisma.apiKey.create({
        data: { ...rest, expiresAt, scopes: [...scopes], applications: [...applications] },
        omit: shown,
      })
    },

    /** The key with this hash, used up or not; undefined where there is none. */
    async findByHash(hash: Uint8Array<ArrayBuffer>): Promise<StoredApiKey | undefined> {
      return (await prisma.apiKey.findUnique({ where: { hash }, omit: shown })) ?? undefined
    },

    /** The key with this id; undefined where there is none. */
    async find(id: string): Promise<StoredApiKey | undefined> {
      if (!idForm.test(id)) return undefined
      return (await prisma.apiKey.findUnique({ where: { id }, omit: shown })) ?? undefined
    },

    /** All keys, the newest first. */
    list: (): Promise<StoredApiKey[]> =>
      prisma.apiKey.findMany({ orderBy: [{ createdAt: 'desc' }, { id: 'asc' }], omit: shown }),

    /** Revokes a key, once and for all. Returns whether it was valid until now. */
    async revoke(id: string): Promise<boolean> {
      if (!idForm.test(id)) return false
      const { count } = await prisma.apiKey.updateMany({
        where: { id, revokedAt: null },
        data: { revokedAt: new Date() },
      })
      return count > 0
    },

    /** Writes down that a key was used now. */
    async touch(id: string): Promise<void> {
      await prisma.apiKey.updateMany({ where: { id }, data: { lastUsedAt: new Date() } })
    },
  }
}
