import t from 'tap'
import { faultsOf, fileWith } from './refused-files.ts'

/** A file with several applications, each told by what it changes. */
const fileOf = (...applications: Record<string, string>[]) =>
  applications.map((changes, index) => fileWith(changes).slice(index === 0 ? 0 : fileWith().indexOf('  - '))).join('')

t.test('an id stands once', async t => {
  const faults = faultsOf(t, fileOf({ id: 'crm' }, { id: 'tests' }, { id: 'crm', path: 'other' }))
  t.match(faults, [{ place: 'f.yaml:15:9', field: 'applications[2].id', rule: 'applications[0] has this id already' }])
})

t.test('a path stands once, also where it is the id', async t => {
  t.match(faultsOf(t, fileOf({ id: 'a', path: 'crm' }, { id: 'b', path: 'crm' })), [
    { field: 'applications[1].path', rule: 'applications[0] has this path already' },
  ])
  t.match(faultsOf(t, fileOf({ id: 'a', path: 'crm' }, { id: 'crm' })), [
    { field: 'applications[1].id', rule: 'applications[0] has this path already' },
  ])
  t.match(faultsOf(t, fileOf({ id: 'crm' }, { id: 'b', path: 'crm' })), [{ field: 'applications[1].path' }])
  t.same(faultsOf(t, fileOf({ id: 'crm' }, { id: 'b', path: 'CRM' })), [], 'addresses tell capitals apart')
})

t.test('the same id twice is one fault, not a second one for the path', async t => {
  t.equal(faultsOf(t, fileOf({ id: 'crm' }, { id: 'crm' })).length, 1)
})

t.test('health is an address of the server itself', async t => {
  t.match(faultsOf(t, fileOf({ path: 'health' })), [{ field: 'applications[0].path', rule: /`health`/ }])
  t.match(faultsOf(t, fileOf({ id: 'health' })), [{ field: 'applications[0].id', hint: 'Give it a `path`.' }])
  t.same(faultsOf(t, fileOf({ id: 'health', path: 'clinic' })), [])
})

t.test('Tracker does not tell the client of a token, so client ids would let nobody in', async t => {
  const allow = (verifier: string) =>
    faultsOf(
      t,
      fileOf({ authorization: `{ kind: user, verifier: ${verifier}, allow: { clientIds: [c1], logins: [robot] } }` }),
    )
  t.match(allow('{ kind: trackerMyself, organization: { kind: cloud, id: b1 } }'), [
    { field: 'applications[0].authorization.allow.clientIds', hint: 'Use `logins` or `uids`, or another verifier.' },
  ])
  t.same(allow('{ kind: yandexId }'), [])
})

t.test('the rules are checked beside faults of the schema', async t => {
  const faults = faultsOf(t, fileOf({ id: 'crm', owner: 'me' }, { id: 'crm', frontUrl: 'x' }))
  t.same(
    faults.map(({ field }) => field),
    ['applications[0].owner', 'applications[1].id', 'applications[1].frontUrl'],
  )
})

t.test('the address of a database whose password is not encoded is refused, here as in DATABASE_URL', async t => {
  const objects = `{ source: sql, databaseUrl: "\${CRM_DATABASE_URL}", query: SELECT 1, mapping: { summary: title } }`
  const faults = (CRM_DATABASE_URL: string) => faultsOf(t, fileWith({ objects }), { CRM_DATABASE_URL })
  for (const character of ['/', '@', ':', '?', '#', '%', ' '])
    t.match(
      faults(`postgresql://u:canary-${character}part@db.example.com:5432/crm`),
      [{ field: 'applications[0].objects.databaseUrl', rule: /percent-encoded/, hint: /`\/` is %2F, `@` %40/ }],
      character,
    )
  t.same(faults('postgresql://u:canary-%2F%40%3A%3F%23%25%20@db.example.com:5432/crm'), [])
})
