import type { Prisma } from '../prisma-client/client.ts'

/** What a store asks: the database, or one transaction of it. */
export type Queries = Prisma.TransactionClient
