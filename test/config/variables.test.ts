import t from 'tap'
import { fillVariables } from '../../src/config/environment/fill-variables.ts'
import { faultsOf, fileWith } from './refused-files.ts'

const withTokens = (...tokens: string[]) =>
  fileWith({ authorization: `\n      kind: token\n      tokens: ${JSON.stringify(tokens)}` })

t.test('a variable is filled anywhere in a text', async t => {
  const env = { HOST_NAME: 'crm.example.com', PORT: '8443', TRICK: `\${PORT}` }
  const fill = (text: string) => fillVariables(text, env)
  t.same(fill(`https://\${HOST_NAME}:\${PORT}/`), { text: 'https://crm.example.com:8443/', faults: [] })
  t.same(fill(`$ $$ $PORT {PORT} $\${PORT}`), { text: `$ $$ $PORT {PORT} \${PORT}`, faults: [] })
  t.same(fill(`\${TRICK}`), { text: `\${PORT}`, faults: [] }, 'what a variable holds is not filled again')
  t.same(fill(`$$\${PORT}`).text, `$\${PORT}`)
})

t.test('a variable that is not set or empty is told by name and place', async t => {
  const faults = faultsOf(t, withTokens(`\${CRM_TOKEN}`, `\${CRM_TOKEN_NEXT}`), { CRM_TOKEN_NEXT: '' })
  t.match(faults, [
    {
      place: 'f.yaml:10:16',
      field: 'applications[0].authorization.tokens[0]',
      rule: 'The environment variable CRM_TOKEN is not set',
      hint: /Set CRM_TOKEN, or CRM_TOKEN_FILE .* Or remove this item\./,
    },
    { place: 'f.yaml:10:31', rule: 'The environment variable CRM_TOKEN_NEXT is empty' },
  ])
})

t.test('it is not told again as a text that breaks a rule', async t => {
  const file = fileWith({ id: `\${A}`, frontUrl: `\${B}`, authorization: `{ kind: "\${C}" }`, unknownObjects: `\${D}` })
  t.same(
    faultsOf(t, file).map(({ rule }) => rule),
    ['A', 'B', 'C', 'D'].map(name => `The environment variable ${name} is not set`),
  )
})

t.test('what a variable holds is checked as if it stood there, and never shown', async t => {
  t.same(faultsOf(t, withTokens(`\${A}`, `\${B}`), { A: 'canary-1', B: 'canary-2' }), [])
  t.match(faultsOf(t, withTokens(`\${A}`, `\${B}`), { A: 'canary-1', B: 'canary-1' }), [{ rule: /already, as item 1/ }])
  t.match(faultsOf(t, withTokens(`\${A}`), { A: 'canary-1 2' }), [{ rule: /^A token has/ }])
  t.match(faultsOf(t, withTokens(`\${A}`), { A: 'canary-1\n' }), [{ rule: /line break/ }])
  for (const key of ['id', 'path', 'frontUrl', 'defaultIconUrl', 'unknownObjects', `"\${A}"`])
    t.equal(faultsOf(t, fileWith({ [key]: `\${A}` }), { A: 'canary-1 /' }).length, 1, key)
})

t.test('a reference that is not complete is a fault, wherever it stands', async t => {
  for (const text of [`\${}`, `\${`, `a \${B`, `\${1}`, `\${A-B}`, `\${A:-canary-1}`, `\${ A }`])
    t.match(faultsOf(t, withTokens(text), { A: 'canary-1' }), [{ rule: /`\$\{` is not followed by/ }], text.slice(0, 6))
})

t.test('several faults of one text are told', async t => {
  t.equal(faultsOf(t, fileWith({ name: `\${A} \${B} \${` })).length, 3)
})

const fill = (env: NodeJS.ProcessEnv) => fillVariables(`\${CRM_TOKEN}`, env)

t.test('a secret may come from a file', async t => {
  const folder = t.testdir({ token: 'canary-file\r\n', cyrillic: Buffer.from([0xcf, 0xf0]) })
  t.same(fill({ CRM_TOKEN_FILE: `${folder}/token` }), { text: 'canary-file', faults: [] })
  t.match(fill({ CRM_TOKEN_FILE: `${folder}/absent` }).faults, [
    { rule: 'The file that CRM_TOKEN_FILE names cannot be read (ENOENT)' },
  ])
  t.match(fill({ CRM_TOKEN_FILE: `${folder}/cyrillic` }).faults, [{ rule: /cannot be read/ }])
  t.match(fill({ CRM_TOKEN_FILE: `${folder}/token`, CRM_TOKEN: 'canary-1' }).faults, [{ rule: /^Both CRM_TOKEN and/ }])
})
