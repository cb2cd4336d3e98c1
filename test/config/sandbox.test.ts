import t, { type Test } from 'tap'
import { ConfigFaults } from '../../src/config/config-faults.ts'
import { loadConfig } from '../../src/config/load-config.ts'
import { readSettings } from '../../src/config/settings.ts'

const file = `
publicUrl: https://links.example.com
applications:
  - id: crm
    name: Example CRM
    frontUrl: https://crm.example.com/{{remoteKey}}
    responsible: crm@example.com
    authorization: { kind: none }
`

const load = (t: Test, sandbox: string, env: NodeJS.ProcessEnv = {}) =>
  loadConfig({ settings: readSettings({}), env, directory: t.testdir({ 'tracker-links.yaml': `${file}${sandbox}` }) })

function faultsOf(t: Test, sandbox: string): { field: string; rule: string }[] {
  try {
    load(t, sandbox)
  } catch (error) {
    if (error instanceof ConfigFaults) return [...error.faults]
    throw error
  }
  return []
}

t.test('what the sandbox is started with is read, tokens from variables too', async t => {
  t.same(load(t, '').config.sandbox, { tokens: [], organizationRequired: undefined, applications: {} })
  const written = `sandbox:
  tokens: [{ token: "\${ROBOT}", login: links-robot, roles: [robot] }]
  organizationRequired: true
  applications: { crm: { token: user, userToken: canary-user } }
`
  t.same(load(t, written, { ROBOT: 'canary-robot' }).config.sandbox, {
    tokens: [{ token: 'canary-robot', login: 'links-robot', roles: ['robot'] }],
    organizationRequired: true,
    applications: { crm: { token: 'user', userToken: 'canary-user' } },
  })
})

t.test('what cannot be is refused by its place, without a token', async t => {
  for (const [sandbox, field, rule] of [
    ['{ tokens: [] }', 'sandbox.tokens', /./],
    ['{ tokens: [{ login: user1 }] }', 'sandbox.tokens[0].token', /missing|required/],
    ['{ tokens: [{ login: "a b", token: canary-1 }] }', 'sandbox.tokens[0].login', /login has/],
    ['{ tokens: [{ login: user1, token: "canary 1" }] }', 'sandbox.tokens[0].token', /token has/],
    ['{ tokens: [{ login: user1, token: canary-1, roles: [boss] }] }', 'sandbox.tokens[0].roles[0]', /admin/],
    [
      '{ tokens: [{ login: user1, token: canary-1 }, { login: user2, token: canary-1 }] }',
      'sandbox.tokens[1].token',
      /sandbox\.tokens\[0\] has this token/,
    ],
    ['{ applications: { cmr: { token: none } } }', 'sandbox.applications.cmr', /no application cmr/],
    ['{ applications: { crm: { token: mine } } }', 'sandbox.applications.crm.token', /fixed/],
  ] as const) {
    const faults = faultsOf(t, `sandbox: ${sandbox}\n`)
    t.match(faults, [{ field, rule }], field)
    t.notMatch(JSON.stringify(faults), 'canary', field)
  }
})
