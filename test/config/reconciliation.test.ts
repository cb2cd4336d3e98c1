import t, { type Test } from 'tap'
import { loadConfig } from '../../src/config/load-config.ts'
import { readSettings } from '../../src/config/settings.ts'
import { faultsOf, fileWith } from './refused-files.ts'

const organizations = 'organizations: { main: { kind: cloud, id: b, token: canary-1 } }\n'
const file = (reconciliation: string) => `${fileWith({ reconciliation })}${organizations}`

function scheduleOf(t: Test, text: string) {
  const directory = t.testdir({ 'f.yaml': text })
  return loadConfig({ file: 'f.yaml', settings: readSettings({}), env: {}, directory }).config.applications[0]
    ?.reconciliation
}

t.test('a schedule is in hours or days, and repairs nothing unless it says so', async t => {
  t.equal(scheduleOf(t, `${fileWith()}${organizations}`), undefined)
  t.same(scheduleOf(t, file('{ every: 24h }')), { everyHours: 24, repair: 'none' })
  t.same(scheduleOf(t, file('{ every: 1h, repair: both }')), { everyHours: 1, repair: 'both' })
  t.same(scheduleOf(t, file('{ every: 7d, repair: tracker }')), { everyHours: 168, repair: 'tracker' })
})

t.test('a schedule that is none is refused with the rule and an example', async t => {
  for (const every of ['0h', '30m', '"24"', '"24 h"', '1.5h', '1000h', '100d', 'daily', '24H'])
    t.match(
      faultsOf(t, file(`{ every: ${every} }`)),
      [{ field: 'applications[0].reconciliation.every', rule: /hours/, hint: /24h/ }],
      every,
    )
  t.match(faultsOf(t, file('{ repair: both }')), [{ field: 'applications[0].reconciliation', rule: /every/ }])
  t.match(faultsOf(t, file('{ every: 24h, repair: all }')), [
    { field: 'applications[0].reconciliation.repair', hint: /tracker/ },
  ])
})

t.test('a schedule without an organization is a fault that names what to do', async t => {
  t.match(faultsOf(t, fileWith({ reconciliation: '{ every: 24h }' })), [
    {
      field: 'applications[0].reconciliation',
      rule: 'Without an organization there is no Tracker to compare with',
      hint: /^Add `organizations` .* or remove this key/,
    },
  ])
})
