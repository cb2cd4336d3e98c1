import t from 'tap'
import { triggerCalls } from '../../src/tracker-client/triggers.ts'

t.test('a call of a trigger is read whatever it lacks, and a header without a text is an empty one', async t => {
  const made = {
    id: 'one',
    request: { method: 'POST', headers: { 'X-Empty': null, 'X-Number': 5, 'X-Text': 'text' } },
  }
  const calls = triggerCalls(async () => ({ body: [made, { ...made, response: {} }] }) as never)
  t.match(await calls.webhookLog('TEST', '29'), [
    { id: 'one', request: { method: 'POST', headers: { 'X-Empty': '', 'X-Text': 'text' } }, response: undefined },
    { response: { statusCode: undefined, headers: {} } },
  ])
})
