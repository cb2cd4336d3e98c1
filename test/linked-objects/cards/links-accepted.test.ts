import t from 'tap'
import { type ObjectSource, SourceFailure } from '../../../src/linked-objects/object-source.ts'
import { testAppWith } from '../../support/test-app.ts'

const away: ObjectSource = {
  find: () => Promise.reject(new SourceFailure('away', 'it is off')),
  close: async () => {},
}

t.test('a flood of links while the source is away is told once, with its count', async t => {
  const { app, log } = await testAppWith(t, new Map([['crm', away]]), { unknownObjects: 'reject' })
  for (let number = 1; number <= 10; number++) {
    const payload = { issueKey: `TEST-${number}`, entityIds: ['1', '2'] }
    const { statusCode } = await app.inject({ method: 'POST', url: '/crm/links', payload })
    t.equal(statusCode, 201)
  }
  const told = log.filter(({ msg }) => /accepted without asking/.test(String(msg)))
  t.match(told, [{ application: 'crm', reason: 'away', times: 2 }])
  t.equal(told.length, 1)
})
