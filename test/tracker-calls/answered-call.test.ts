import t from 'tap'
import { createLogger } from '../../src/logging/logger.ts'
import { collect, testApp } from '../support/test-app.ts'

t.test('a call is noted with its error, and with a time no longer than from its beginning to now', async t => {
  const { openReplica, prisma } = await testApp(t)
  const lines: { ms?: number; call?: string }[] = []
  const server = await openReplica({ log: createLogger('info', collect(lines)) })
  const began = performance.now()
  await server.publicApp.inject({ url: '/crm/objects/D-1' })
  const longest = performance.now() - began
  await server.close()
  const [record] = await prisma.callRecord.findMany()
  t.match(record, { call: 'entityInfo', status: 404, code: 'object-unknown' })
  t.ok(record && record.milliseconds > 0 && record.milliseconds <= longest)
  const line = lines.find(({ call }) => call !== undefined)
  t.match(line, { level: 'info', call: 'entityInfo', status: 404, code: 'object-unknown' })
  t.ok((line?.ms ?? Infinity) <= Math.ceil(longest))
})

t.test('without metrics a call is noted all the same', async t => {
  const { openReplica, prisma, log } = await testApp(t)
  const { publicApp, adminApp, close } = await openReplica({ metrics: false })
  t.equal((await publicApp.inject({ url: '/crm/objects/D-1' })).statusCode, 404)
  t.equal((await adminApp.inject({ url: '/metrics' })).statusCode, 404)
  await close()
  t.equal(await prisma.callRecord.count(), 1)
  t.same(
    log.filter(({ level }) => level !== 'info'),
    [],
  )
})
