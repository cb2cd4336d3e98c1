import type { Prisma } from '../prisma-client/client.ts'

/** What queries run on: the database, or one transaction of it. */
export type Queries = Prisma.TransactionClient
