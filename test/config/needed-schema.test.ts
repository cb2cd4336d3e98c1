// The schema without what a file does not use says the same about it as the whole schema.
import { Ajv } from 'ajv'
import { assert, constantFrom, nat, property } from 'fast-check'
import t from 'tap'
import { formats } from '../../src/config/formats.ts'
import { neededSchema } from '../../src/config/needed-schema.ts'
import { configSchema } from '../../src/config/schema.ts'

const options = { discriminator: true, strict: false, validateSchema: false, formats, code: { optimize: false } }
const fitsWhole = new Ajv(options).compile(configSchema)
const needed = (value: unknown) => neededSchema({ ...configSchema }, [value])

const application = {
  id: 'crm',
  name: 'CRM',
  frontUrl: 'https://crm.example.com/{{remoteKey}}',
  responsible: 'user1@example.com',
}
const token = { kind: 'token', tokens: ['canary-crm-7Qm2xK9vT4bN8sW3yF6hJ1dL'] }
const user = { kind: 'user', verifier: { kind: 'yandexId' }, allow: { logins: ['robot'] } }
const http = { source: 'http', url: 'https://crm.example.com/{{remoteKey}}', mapping: { summary: 'title' } }
const fileOf = (...applications: object[]) => ({ publicUrl: 'https://links.example.com', applications })
const files = [
  fileOf({ ...application, authorization: token }),
  fileOf({ ...application, authorization: user, objects: http, cards: { budgetMilliseconds: 500 } }),
  fileOf({ ...application, authorization: token }, { ...application, id: 'erp', authorization: { kind: 'none' } }),
  { ...fileOf({ ...application, authorization: user }), retention: { links: 1 }, organizations: [{ id: 'one' }] },
]

/** The file with something else at one of its places. */
function changed(file: unknown, place: number, other: unknown): unknown {
  let left = place
  return JSON.parse(JSON.stringify(file), (_key, value: unknown) => (left-- === 0 ? other : value))
}

t.test('a file fits the needed schema if, and only if, it fits the whole one', async t => {
  t.same(
    files.map(file => [fitsWhole(file), new Ajv(options).compile(needed(file))(file)]),
    [
      [true, true],
      [true, true],
      [true, true],
      [false, false],
    ],
  )
  const others = constantFrom(undefined, null, '', 'user', 'none', 0, [], {}, { kind: 'token' }, token, user, http)
  assert(
    property(constantFrom(...files), nat(24), others, (file, place, other) => {
      const value = changed(file, place, other)
      return new Ajv(options).compile(needed(value))(value) === fitsWhole(value)
    }),
    { numRuns: 200 },
  )
})

t.test('what a file does not use is not compiled', async t => {
  const { applications } = (needed(files[0]) as typeof configSchema).properties
  t.same(applications.items.properties.objects, {})
  t.same(applications.items.properties.frontUrl, configSchema.properties.applications.items.properties.frontUrl)
})
