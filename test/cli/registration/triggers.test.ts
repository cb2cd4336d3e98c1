import t, { type Test } from 'tap'
import { createWorld } from '../../../src/sandbox/world/world.ts'
import { readTrigger } from '../../../src/tracker-calls/read-trigger.ts'
import { crm, runIn, token } from './run-registration.ts'

const secret = token('triggers')
const organizations = { main: { kind: 'yandex360', id: '1', token: 'canary-organization' } }

/** Runs `registration triggers` for the application of `run-registration.ts`, with what is given of triggers. */
function triggers(
  t: Test,
  args: string[],
  more: object = { organizations },
  settings: object = { triggers: { token: secret } },
) {
  const config = { publicUrl: 'https://links.example.com', applications: [{ ...crm, ...settings }], ...more }
  return runIn(t.testdir({ 'tracker-links.yaml': JSON.stringify(config) }), ['registration', 'triggers', ...args])
}

t.test('the settings of a trigger are what its form asks for, in both languages', async t => {
  const { code, out, told } = await triggers(t, ['ru.example.crm', 'test'])
  t.equal(code, 0, told)
  t.equal(told, '')
  t.same(
    [...out.matchAll(/^([A-Z][A-Za-z ]+?) {2,}(.+)$/gm)].map(([, label, value]) => [label, value]),
    [
      ['Name', 'Example CRM: an issue was moved'],
      ['Trigger condition', 'Issue fields, Queue, Field value changed'],
      ['Trigger action', 'HTTP request'],
      ['Method', 'POST'],
      ['Address', 'https://links.example.com/crm/triggers'],
      ['Authorization', 'OAuth 2.0'],
      ['Token', '(left out: run the command again with --with-token to print it)'],
      ['Authorization header', 'Authorization'],
      ['Token type', 'OAuth'],
      ['Headers', 'Content-Type: application/json; charset=UTF-8'],
      [
        'Request body',
        '{"event":"moved","issue":{"key":"{{issue.key}}","id":"{{issue.id}}","previousQueue":"{{issue.previousQueue}}"}}',
      ],
    ],
  )
  t.match(out, 'A trigger of the queue TEST')
  const russian = await triggers(t, ['ru.example.crm', 'TEST', '--language', 'ru', '--event', 'closed', '--with-token'])
  t.match(russian.out, /Условие срабатывания {2,}Поля задачи, «Резолюция», «Значение поля установлено»/)
  t.match(russian.out, secret)
  t.match(russian.told, 'It holds a secret')
})

t.test('as JSON they are the request that makes the trigger, and its body is understood here', async t => {
  const { out } = await triggers(t, ['ru.example.crm', 'TEST', '--json', '--with-token'])
  const { request, body, tokenLeftOut } = JSON.parse(out)
  t.same(request, { method: 'POST', path: '/v3/queues/TEST/triggers' })
  t.equal(tokenLeftOut, false)
  t.same(body.conditions, [{ type: 'FieldChangedCondition', field: 'queue' }])
  const [action] = body.actions
  t.match(action, {
    type: 'Webhook',
    method: 'POST',
    endpoint: 'https://links.example.com/crm/triggers',
    authContext: { type: 'oauth', headerName: 'Authorization', tokenType: 'OAuth', accessToken: secret },
  })
  const [issue] = createWorld().issues()
  const filled = action.body.replace('{{issue.key}}', issue?.key)
  t.same(readTrigger(JSON.parse(filled)), { event: 'moved', issueKey: issue?.key, formerKeys: [] })
})

t.test('what is missing is told: the token of the triggers, an organization, a queue', async t => {
  t.match(await triggers(t, ['ru.example.crm', 'TEST'], {}, {}), { code: 2, told: /takes no triggers: set `triggers:/ })
  t.match(await triggers(t, ['ru.example.crm', 'no-queue']), { code: 2, told: /"no-queue" is no key of a queue/ })
  t.match(await triggers(t, ['other', 'TEST']), { code: 2, told: /There is no application other/ })
  const alone = await triggers(t, ['ru.example.crm', 'TEST'], {})
  t.match(alone, { code: 0, told: /WARNING: without an organization/ })
  for (const { out, told } of [alone]) t.notMatch(out + told, /canary/)
})
