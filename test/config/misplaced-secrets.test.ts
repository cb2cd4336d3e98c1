import t from 'tap'
import { formatFaults } from '../../src/config/config-faults.ts'
import { isPlainName } from '../../src/config/plain-name.ts'
import { configSchema } from '../../src/config/schema.ts'
import { seededRandom } from '../black-box/bad-request-generator.ts'
import { faultsOf, fileWith } from './refused-files.ts'

/** Tokens of several makers, in the forms in which their secrets come. */
const secrets = [
  'canary7f3a9c1e',
  'glpat-Zx9_canaryQ1w2e3r4',
  'ghp_16C7e42F292c6912E7710c838347Ae178B4a',
  'AKIAIOSFODNN7EXAMPLE',
  'xoxb-1234-canary',
  'y0_AgAAAACanary',
  'abcdefghijklmnop',
  'QmFzZTY0Q2FuYXJ5',
  'f47ac10b-58cc-4372-a567-0e02b2c3d479',
  'correct-horse-battery-staple-again',
]

/** Files in which a secret stands where a key belongs, as it comes of a forgotten list, colon or quote. */
const files: Record<string, (secret: string) => string> = {
  'a mapping in place of a token': secret =>
    fileWith({ authorization: `{ kind: token, tokens: { ${secret}: null } }` }),
  'an item that is a block': secret => fileWith({ authorization: `{ kind: token, tokens: [{ ${secret}: x }] }` }),
  'an unknown key': secret => fileWith({ [secret]: 'x' }),
  'an unknown key with a block': secret => fileWith({ tok: `{ ${secret}: { a: 1 } }` }),
  'below an unknown key': secret => fileWith({ tok: `{ ${secret}: "\${NOT_SET}" }` }),
  'a key twice': secret => fileWith({ tok: `{ ${secret}: 1, ${secret}: 2 }` }),
  'below a key twice': secret => fileWith({ tok: `{ ${secret}: { a: 1, a: 2 } }` }),
  'an alias below it': secret => fileWith({ tok: `{ ${secret}: *nothing }` }),
  'a control character below it': secret => fileWith({ tok: `{ ${secret}: "a\\tb\\u0001" }` }),
  'the name of a header': secret =>
    fileWith({
      objects: `{ source: http, url: 'https://x/{{remoteKey}}', mapping: { summary: a }, headers: { ${secret}: 7 } }`,
    }),
  'the name of an organization': secret => `${fileWith()}organizations: { ${secret}: 7 }\n`,
  'a key of the file': secret => `${fileWith()}${secret}: 1\n`,
  'the name of a variable': secret => fileWith({ name: `"\${${secret.replace(/\W/g, 'x7')}}"` }),
  'an application of the sandbox': secret => `${fileWith()}sandbox: { applications: { ${secret}: crm } }\n`,
  'a kind': secret => fileWith({ authorization: `{ kind: ${secret} }` }),
}

t.test('a secret that stands as a key is not printed', async t => {
  for (const [name, file] of Object.entries(files))
    for (const secret of secrets) {
      const faults = faultsOf(t, file(secret))
      t.ok(faults.length > 0, name)
      t.notMatch(formatFaults({ faults }), secret, `${name}: ${secret.length} characters`)
      for (const { place } of faults) t.match(place, /:\d+:\d+$/, 'the place says where it is')
    }
})

t.test('names of the schema, and names like them, are still shown', async t => {
  for (const key of ['owner', 'nonsense', 'wrong1', 'frontUri', 'X-Token', 'API_KEY', 'perMinuteOfAddress'])
    t.match(faultsOf(t, fileWith({ [key]: 'x' })), [{ field: `applications[0].${key}` }], key)
  const names = new Set<string>()
  const walk = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return
    for (const name of Object.keys((value as { properties?: object }).properties ?? {})) names.add(name)
    for (const one of Object.values(value)) walk(one)
  }
  walk(configSchema)
  t.ok(names.size > 60)
  for (const name of names) t.ok(isPlainName(name), name)
})

t.test('no random token passes for a name', async t => {
  const { pick } = seededRandom(11)
  const letters = 'abcdefghijklmnopqrstuvwxyz'
  for (const characters of ['0123456789abcdef', letters, `${letters}${letters.toUpperCase()}0123456789-_`]) {
    const tokens = Array.from({ length: 20_000 }, () =>
      Array.from({ length: 16 }, () => pick(Array.from(characters))).join(''),
    )
    const passed = tokens.filter(isPlainName).length
    t.ok(passed < tokens.length / 5_000, `${passed} of ${characters}`)
  }
})
