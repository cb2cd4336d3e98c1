import t from 'tap'
import { withSession } from '../../../src/storage/database/connection/session.ts'
import { closeLastPartition } from '../../../src/storage/retention/close-partition.ts'
import { removeEvents } from '../../../src/storage/retention/remove-events.ts'
import { testApi } from '../../support/test-api.ts'

const at = '/api/applications/crm'

t.test('a copy is made from the list of links once older events are removed', async t => {
  const { call, links, prisma, url: databaseUrl } = await testApi(t)
  const change = (kind: 'create' | 'remove', remoteKey: string) =>
    links.change({
      kind,
      applicationId: 'crm',
      links: [{ issueKey: 'A-1', remoteKey }] as never,
      actor: { kind: 'tracker' },
    })
  const read = async (query = '') => (await call('GET', `${at}/events?${query}`)).json()
  t.match(await read('after=latest'), { events: [], more: false }, 'before any event')
  const first = await read('after=latest')
  await change('create', 'old')
  t.match(await read(`after=${first.next}`), { events: [{ remoteKey: 'old' }] })
  t.same((await read('after=latest')).next, (await read()).next)

  await prisma.$executeRaw`UPDATE link_event SET occurred_at = now() - interval '40 days'`
  await withSession(databaseUrl, async session => {
    await closeLastPartition(session)
    t.match(await removeEvents(session, 30), { partitions: [String] })
  })
  await change('create', 'young')
  for (const query of ['', `after=${first.next}`])
    t.match(await read(query), {
      status: 410,
      code: 'cursor-unknown',
      hint: /after=latest/,
      detail: /removed because of their age/,
    })

  const { next } = await read('after=latest')
  await change('create', 'newest')
  await change('remove', 'old')
  const { links: listed } = (await call('GET', `${at}/links?cursor=`)).json()
  const copy = new Set<string>(listed.map(({ remoteKey }: { remoteKey: string }) => remoteKey))
  for (const { kind, remoteKey } of (await read(`after=${next}`)).events) {
    if (kind === 'created') copy.add(remoteKey)
    else copy.delete(remoteKey)
  }
  t.same(copy, new Set(['young', 'newest']))
})
