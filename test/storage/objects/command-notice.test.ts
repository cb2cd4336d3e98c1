import t from 'tap'
import { tellCommand, watchObjectChanges } from '../../../src/storage/objects/object-changes.ts'
import { testDatabase } from '../../support/test-database.ts'

t.test('a server hears that a command has changed something, and takes it for no change of an object', async t => {
  const { prisma, url } = await testDatabase(t)
  const [isHeard, isDone] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const changed: unknown[] = []
  const stop = watchObjectChanges({
    databaseUrl: url,
    prisma,
    log: { info: () => {}, warn: () => {}, error: () => {} },
    listener: {
      changed: (...what) => changed.push(what),
      heard: isHeard.resolve,
      deaf: () => {},
      commandDone: isDone.resolve,
    },
  })
  await isHeard.promise
  await tellCommand(prisma)
  await isDone.promise
  await stop()
  t.same(changed, [])
})
