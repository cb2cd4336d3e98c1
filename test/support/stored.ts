import type { Actor } from '../../src/links/actor.ts'
import { createApiKey, listApiKeys, revokeApiKey } from '../../src/storage/keys/api-keys.ts'
import { type LinkChange, linkChanger } from '../../src/storage/links/link-changes.ts'
import { countLinks, listLinks } from '../../src/storage/links/list-links.ts'
import { findObject, removeObject } from '../../src/storage/objects/change-object.ts'
import { putObjects } from '../../src/storage/objects/put-objects.ts'
import { countObjects, findObjects, searchObjects } from '../../src/storage/objects/search-objects.ts'
import type { PrismaClient } from '../../src/storage/prisma-client/client.ts'

/** The first parameter of a function is the database: the function without it. */
const bound =
  <Rest extends unknown[], Result>(prisma: PrismaClient, call: (database: PrismaClient, ...rest: Rest) => Result) =>
  (...rest: Rest): Result =>
    call(prisma, ...rest)

/** What a test does with the links of its database, and looks at. */
export const storedLinks = (prisma: PrismaClient) => {
  const change = linkChanger(prisma)
  return {
    change: (wish: LinkChange & { actor: Actor }) => change(wish),
    list: bound(prisma, listLinks),
    count: bound(prisma, countLinks),
  }
}
export type StoredLinks = ReturnType<typeof storedLinks>

/** The same of the objects. */
export const storedObjects = (prisma: PrismaClient) => ({
  put: bound(prisma, putObjects),
  find: bound(prisma, findObject),
  remove: bound(prisma, removeObject),
  list: async (applicationId: string, { limit }: { limit: number }) =>
    (await findObjects(prisma, applicationId, {}, { limit })).objects.map(({ info }) => info),
  search: bound(prisma, searchObjects),
  findMore: bound(prisma, findObjects),
  count: bound(prisma, countObjects),
})
export type StoredObjects = ReturnType<typeof storedObjects>

/** The same of the API keys. */
export const storedApiKeys = (prisma: PrismaClient) => ({
  create: bound(prisma, createApiKey),
  list: bound(prisma, listApiKeys),
  revoke: bound(prisma, revokeApiKey),
})
