import t, { type Test } from 'tap'
import { loadConfig } from '../../src/config/load-config.ts'
import { readSettings } from '../../src/config/settings.ts'
import { faultsOf, fileWith } from './refused-files.ts'

const one = '{ kind: cloud, id: b, token: canary-1 }'
const file = (keys: Record<string, string>, organizations?: string) =>
  `${fileWith(keys)}${organizations ? `organizations: ${organizations}\n` : ''}`

function applicationOf(t: Test, text: string) {
  const directory = t.testdir({ 'f.yaml': text })
  return loadConfig({ file: 'f.yaml', settings: readSettings({}), env: {}, directory }).config.applications[0]
}

t.test(
  'an application has the organization that it names, or the only one, and is mirrored only if it says so',
  async t => {
    t.match(applicationOf(t, file({})), { organization: undefined, mirror: false })
    t.match(applicationOf(t, file({}, `{ main: ${one} }`)), { organization: 'main', mirror: false })
    t.match(applicationOf(t, file({ mirror: 'true' }, `{ main: ${one} }`)), { organization: 'main', mirror: true })
    t.match(applicationOf(t, file({}, `{ main: ${one}, other: ${one} }`)), { organization: undefined })
    t.match(applicationOf(t, file({ organization: 'other', mirror: 'true' }, `{ main: ${one}, other: ${one} }`)), {
      organization: 'other',
      mirror: true,
    })
  },
)

t.test('an organization that is not configured is a fault', async t => {
  t.match(faultsOf(t, file({ organization: 'mian' }, `{ main: ${one} }`)), [
    {
      field: 'applications[0].organization',
      rule: 'There is no organization mian',
      hint: 'Write the name of one of the organizations: main.',
    },
  ])
  t.match(faultsOf(t, file({ organization: '"canary-token with spaces"' })), [
    { rule: 'There is no organization of this name', hint: /^Add it under `organizations`/ },
  ])
})

t.test('a mirror without an organization is a fault that names what to do', async t => {
  t.match(faultsOf(t, file({ mirror: 'true' })), [
    {
      place: /^f\.yaml:9:/,
      field: 'applications[0].mirror',
      rule: 'Without an organization there is no Tracker to mirror to',
      hint: /^Add `organizations` with the one whose Tracker has the issues/,
    },
  ])
  t.match(faultsOf(t, file({ mirror: 'true' }, `{ main: ${one}, other: ${one} }`)), [
    { hint: 'Name the one whose Tracker has the issues in `organization`: main, other.' },
  ])
  t.same(faultsOf(t, file({ mirror: 'false' })), [])
})
