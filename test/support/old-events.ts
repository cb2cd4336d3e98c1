import type { Test } from 'tap'
import { type Session, withSession } from '../../src/storage/database/connection/session.ts'
import type { PrismaClient } from '../../src/storage/prisma-client/client.ts'
import { testDatabase } from './test-database.ts'

/** A database of a test's own with a session on it, and a function that stores events of some age. */
export async function eventDatabase(t: Test) {
  const { prisma, url } = await testDatabase(t)
  const end = Promise.withResolvers<void>()
  const opened = Promise.withResolvers<Session>()
  const closed = withSession(url, session => {
    opened.resolve(session)
    return end.promise
  })
  t.teardown(() => {
    end.resolve()
    return closed
  })
  return { prisma, url, session: await opened.promise, addEvents: eventAdder(prisma) }
}

/** Stores an event for each age in days, each of a link of its own; returns them in the order of their numbers. */
const eventAdder =
  (prisma: PrismaClient) =>
  (applicationId: string, ...ages: number[]) =>
    prisma.linkEvent.createManyAndReturn({
      data: ages.map((age, index) => ({
        applicationId,
        kind: 'created' as const,
        issueKey: 'A-1',
        remoteKey: `${age} days, ${index}`,
        actorKind: 'tracker' as const,
        occurredAt: new Date(Date.now() - age * 86_400_000),
      })),
    })
