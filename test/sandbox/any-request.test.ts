import * as fc from 'fast-check'
import t from 'tap'
import { defaultSettings } from '../../src/sandbox/world/settings.ts'
import { exactNumber } from '../../src/values/json-digits.ts'
import { playTracker } from './play-tracker.ts'

const routes = `
  GET /v3/issues/X, PATCH /v3/issues/X, LINK /v3/issues/X, POST /v3/issues, POST /v3/issues/_import,
  POST /v3/issues/X/_move, POST /v3/issues/_search, POST /v3/issues/_count, GET /v3/issues/X/changelog,
  POST /v3/issues/X/remotelinks, DELETE /v3/issues/X/remotelinks/1, POST /v3/issues/X/links,
  POST /v3/issues/X/links/_import, GET /v3/users, GET /v3/users/X, PUT /sandbox/settings, GET /v3/issues,
  GET /v3/issues/_suggest, GET /v4/issues/X, POST /v1, POST /v2/issues/_search, GET /v3/queues/TEST/triggers/1/webhooks/log, GET /v3/fields/X,
  GET /v3/entities/project/6586d6fee2b9ef74d1d2e3f4/events/_relative`
const keys = 'TEST-1 test-2 TEST-4 %2e%2e %00 NONE-1 %D0%96'
const parameters = `perPage page scrollType scrollId expand version queue id unique filter query keys orderBy orderAsc
  from to selected newEventsOnTop direction limit issueId input`
const fields = `relationship issue createdAt createdBy updatedBy key origin queue summary parent type assignee followers
  tags deadline filter query keys order filterId filters rateLimit fixVersions components failing`
const words = ['relates', 'has epic', '__proto__', 'TEST-1', 'TEST-4', 'user1', 'crm', '', '\0', '\ud800', 'add', 'id']

const oneOf = (list: string, between = /\s+/) => fc.constantFrom(...list.trim().split(between))
const leaf = fc.oneof(fc.constantFrom(...words), fc.integer(), fc.double(), fc.constant(null), fc.bigInt(), fc.string())
const { value } = fc.letrec(tie => ({
  value: fc.oneof(
    { depthSize: 'small' },
    leaf,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...words), tie('value'), { maxKeys: 3 }),
  ),
}))
const request = fc.record({
  route: oneOf(routes, /,\s+/),
  key: oneOf(keys),
  query: fc.dictionary(oneOf(parameters), fc.constantFrom('', '1', '0', '-1', 'x', 'sorted', 'TEST'), { maxKeys: 3 }),
  isRepeated: fc.boolean(),
  body: fc.oneof(fc.dictionary(oneOf(fields), value, { maxKeys: 6 }), value),
  link: fc.constantFrom('', '<%zz>; rel="relates"', '</TEST-2>; rel="relates"'),
})

t.test('any request is answered in Tracker’s form, and never with a failure', async t => {
  const { app, world } = await playTracker(t)
  const checked = fc.asyncProperty(request, async ({ route, key, query, isRepeated, body, link }) => {
    const [method, path = ''] = route.split(' ')
    const once = new URLSearchParams(query).toString()
    const url = `${path.replace('X', key)}?${isRepeated ? `${once}&${once}` : once}`
    const payload = JSON.stringify(body, (_name, part: unknown) =>
      typeof part === 'bigint' ? exactNumber(part) : part,
    )
    const headers = { authorization: 'OAuth canary-sandbox', link }
    const answer = await app.inject({ method: method as 'POST', url, headers, payload })
    world.changeSettings(defaultSettings)
    if (answer.statusCode < 400) return true
    const { statusCode, errors, errorMessages } = JSON.parse(answer.body)
    const isTold = Object.keys(errors).length + errorMessages.length > 0
    return answer.statusCode < 500 && statusCode === answer.statusCode && isTold
  })
  await fc.assert(checked, { numRuns: 500 })
})
