import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createConfig, lintFromString } from '@redocly/openapi-core'
import t from 'tap'
import { generateOpenapi } from '../../scripts/generate-openapi.ts'
import { catalogue } from '../../src/errors/catalogue.ts'
import { type Answered, answerChecker } from '../support/check-answer.ts'

const path = join(import.meta.dirname, '../../docs/openapi.json')
const source = readFileSync(path, 'utf8')
const document = JSON.parse(source)
const operations = Object.entries<Record<string, { operationId: string; parameters?: object[]; 'x-codes'?: string[] }>>(
  document.paths,
).flatMap(([path, item]) => Object.entries(item).map(([method, operation]) => ({ path, method, ...operation })))

t.test('docs/openapi.json is what the endpoints say', async t => {
  // Compared as values: the formatter decides on the line breaks.
  t.same(document, JSON.parse(JSON.stringify(await generateOpenapi())), 'run: node scripts/generate-openapi.ts')
})

t.test('a linter finds nothing, and can find something', async t => {
  const config = await createConfig({ extends: ['recommended'] })
  const lint = async (text: string) =>
    (await lintFromString({ source: text, absoluteRef: path, config })).map(({ message }) => message)
  t.same(await lint(source), [])
  t.match(await lint(source.replaceAll('schemas/Problem', 'schemas/Gone')), ["Can't resolve $ref"])
})

t.test('every operation has a name of its own, and every write takes an Idempotency-Key', async t => {
  const ids = operations.map(({ operationId }) => operationId)
  t.same(ids, [...new Set(ids)])
  // Three change nothing of the caller's; in the stream each item may have a sequence.
  const free = ['countLinks', 'refreshObject', 'reloadConfiguration', 'pushObjects']
  const withoutKey = operations.filter(
    ({ method, parameters = [] }) =>
      method !== 'get' && !JSON.stringify(parameters).includes('#/components/parameters/Idempotency-Key'),
  )
  t.same(
    withoutKey.map(({ operationId }) => operationId).filter(id => !free.includes(id)),
    [],
  )
})

t.test('the check of answers finds what is not described', async t => {
  const check = answerChecker()
  const json = { 'content-type': 'application/json; charset=utf-8' }
  const problem = { 'content-type': 'application/problem+json; charset=utf-8' }
  const applications = (more: Partial<Answered>): Answered => ({
    method: 'GET',
    url: '/api/applications?a=b',
    status: 200,
    headers: json,
    body: '{"applications":[]}',
    ...more,
  })
  const refused = (code: keyof typeof catalogue) => {
    const { status, title, hint } = catalogue[code]
    return applications({
      status,
      headers: problem,
      body: JSON.stringify({ type: 'urn:x', title, status, detail: '', code, hint, requestId: 'r' }),
    })
  }
  check(applications({}))
  check(applications({ method: 'HEAD', body: '' }))
  check(applications({ url: '/health/live', status: 299 }))
  check(refused('api-key-unknown'))
  const wrong: [Answered, RegExp][] = [
    [applications({ status: 201 }), /status is not listed/],
    [applications({ headers: problem }), /its type is application\/problem\+json, not application\/json/],
    [applications({ headers: {} }), /its type is missing/],
    [applications({ body: '{}' }), /required property 'applications'/],
    [applications({ body: '{"applications":[],"more":1}' }), /additional properties/],
    [applications({ body: '{"applications":[{"id":"a","name":"A","source":"ftp"}]}' }), /allowed values/],
    [applications({ url: '/api/nothing' }), /no such operation/],
    [applications({ method: 'PUT' }), /no such operation/],
    [{ ...refused('api-key-unknown'), body: '{"code":"api-key-unknown"}' }, /required property/],
    [refused('object-unknown'), /status is not listed/],
    [{ ...refused('token-missing') }, /the code token-missing is not listed/],
  ]
  for (const [answered, reason] of wrong) t.throws(() => check(answered), { message: reason }, String(reason))
})
