import t from 'tap'
import { createLogger } from '../../src/logging/logger.ts'
import { collect, testApp } from '../support/test-app.ts'

t.test('a call is told to have taken no longer than from its beginning to now', async t => {
  const { openReplica, prisma } = await testApp(t)
  const lines: { ms?: number }[] = []
  const server = await openReplica({ log: createLogger('info', collect(lines)) })
  const began = performance.now()
  await server.publicApp.inject({ url: '/crm/objects/D-1' })
  const longest = performance.now() - began
  await server.close()
  const [record] = await prisma.callRecord.findMany()
  t.ok(record && record.milliseconds > 0 && record.milliseconds <= longest)
  t.ok(lines.some(({ ms = Infinity }) => ms <= Math.ceil(longest)))
})
