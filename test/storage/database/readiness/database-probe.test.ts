import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import t from 'tap'
import { databaseProbe } from '../../../../src/storage/database/readiness/database-probe.ts'

const silent = { info: () => {}, warn: () => {}, error: () => {} }

t.test('a probe that is kept waiting tells of an outage, unless calls had an answer meanwhile', async t => {
  const sockets: Socket[] = []
  // As a pooler that has no connection for it.
  const waits = createServer(socket => sockets.push(socket))
  await once(waits.listen(0, '127.0.0.1'), 'listening')
  const url = `postgresql://app@127.0.0.1:${(waits.address() as AddressInfo).port}/links`
  const probe = databaseProbe(url, { description: 'The database', isEmbedded: false }, { log: silent })
  t.teardown(async () => {
    for (const socket of sockets) socket.destroy()
    waits.close()
    await probe.close().catch(() => {})
  })
  t.match(await probe.health(), { ready: false, isAway: true, reason: { code: 'database-timeout' } })
  const answers = setInterval(() => probe.noteAnswer(), 20)
  t.teardown(() => clearInterval(answers))
  t.match(await probe.health(), { ready: true, isAway: false, warnings: [{ code: 'database-timeout' }] })
})
