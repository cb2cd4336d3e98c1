import t from 'tap'
import { type ObjectSource, SourceFailure } from '../../../src/linked-objects/object-source.ts'
import { testAppWith } from '../../support/test-app.ts'

const away: ObjectSource = {
  find: () => Promise.reject(new SourceFailure('away', 'it is off')),
  close: async () => {},
}

t.test('a flood of links while the source is away is told once a minute, with its count', async t => {
  const { openReplica, log } = await testAppWith(t, new Map([['crm', away]]), { unknownObjects: 'reject' })
  const clock = { now: () => milliseconds }
  let milliseconds = 1_000
  const { publicApp } = await openReplica({ clock })
  const create = async (number: number) => {
    const payload = { issueKey: `TEST-${number}`, entityIds: ['1', '2'] }
    const { statusCode } = await publicApp.inject({ method: 'POST', url: '/crm/links', payload })
    t.equal(statusCode, 201)
  }
  const told = () => log.filter(({ msg }) => /accepted without asking/.test(String(msg))).map(({ keys }) => keys)

  for (let number = 1; number <= 10; number++) await create(number)
  t.same(told(), [2])
  milliseconds += 60_000
  await create(11)
  t.same(told(), [2, 20])
})
