import { Client } from 'pg'
import t from 'tap'
import { type Sighting, writeSightings } from '../../../src/storage/calls/sightings.ts'
import { writeCalls } from '../../../src/storage/calls/write-calls.ts'
import type { Queries } from '../../../src/storage/database/queries.ts'
import { newCallRecord } from '../../support/call-record.ts'
import { runSql, testDatabase } from '../../support/test-database.ts'
import { until } from '../../support/until.ts'

const sighting: Sighting = {
  call: 'entityInfo',
  status: 200,
  milliseconds: 1,
  remoteKeys: ['D-1'],
  headers: ['Host'],
  httpVersion: '1.1',
  reused: 0,
  inFlight: 1,
  encoding: { escaped: [], plain: [], isDouble: false },
  parameters: [],
}
const one = { applicationId: 'crm', at: 1, requestId: 'r', sighting }

t.test('neither a call nor what the probe saw of it waits for the disk', async t => {
  const { prisma } = await testDatabase(t)
  await prisma.probeRun.create({ data: { applicationId: 'crm', days: 14 } })
  const modeAfter = (write: (transaction: Queries) => Promise<void>) =>
    prisma.$transaction(async transaction => {
      await transaction.$executeRaw`SET LOCAL synchronous_commit = on`
      await write(transaction)
      return await transaction.$queryRaw`SELECT current_setting('synchronous_commit') AS mode`
    })
  t.same(await modeAfter(async () => {}), [{ mode: 'on' }])
  t.same(await modeAfter(transaction => writeCalls(transaction, [newCallRecord()], 'r1')), [{ mode: 'off' }])
  t.same(await modeAfter(transaction => writeSightings(transaction, [one])), [{ mode: 'off' }])
  t.match(await prisma.probeRun.findMany(), [{ calls: 1n }])
})

t.test('what is written while a probe is forgotten is forgotten, too', async t => {
  const { prisma, url } = await testDatabase(t)
  await prisma.probeRun.create({ data: { applicationId: 'crm', days: 14 } })
  const forgetting = new Client({ connectionString: url })
  await forgetting.connect()
  t.teardown(() => forgetting.end())
  await forgetting.query('BEGIN; DELETE FROM probe_run; DELETE FROM probe_sighting')
  const written = writeSightings(prisma, [one])
  const blocked =
    'SELECT FROM pg_stat_activity WHERE datname = current_database() AND cardinality(pg_blocking_pids(pid)) > 0'
  await until(async () => (await runSql(url, blocked)).length > 0)
  await forgetting.query('COMMIT')
  await written
  t.equal(await prisma.probeSighting.count(), 0)
})
