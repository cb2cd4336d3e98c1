import t from 'tap'
import { buildAddressBook } from '../../../src/tracker-calls/addresses/address-book.ts'
import type { IssueKey } from '../../../src/tracker-contract/issue-key.ts'
import type { RemoteKey } from '../../../src/tracker-contract/remote-key.ts'

type Endpoints = { entityInfo: string; createLink: string; removeLink: string[] }

/** An application with the default templates below its path, except for those given. */
const application = (id: string, endpoints: Partial<Endpoints> = {}) => ({
  id,
  endpoints: {
    entityInfo: `/${id}/objects/{{remoteKey}}`,
    createLink: `/${id}/links`,
    removeLink: [
      `/${id}/links?issueKey={{issueKey}}&remoteKey={{remoteKey}}`,
      `/${id}/links/{{issueKey}}/{{remoteKey}}`,
      `/${id}/links/{{remoteKey}}/{{issueKey}}`,
    ],
    ...endpoints,
  },
})

/** An application with the addresses of Tracker's documents. */
const documented = application('demo', {
  entityInfo: '/{{remoteKey}}/info',
  createLink: '/links',
  removeLink: ['/links/?action=del&ticket={{issueKey}}&obj={{remoteKey}}'],
})

const link = (issueKey: string, remoteKey: string) => ({
  issueKey: issueKey as IssueKey,
  remoteKey: remoteKey as RemoteKey,
})

/** The address book of applications whose templates have no faults. */
function openBook(...applications: ReturnType<typeof application>[]) {
  const { book, faults } = buildAddressBook(applications)
  if (faults.length > 0) throw new Error(JSON.stringify(faults))
  return book
}

t.test('each application answers at its own addresses', async t => {
  const book = openBook(application('crm'), application('erp'), documented)
  t.same(book.find('entityInfo', '/crm/objects/1'), { applicationId: 'crm', keys: ['1'] })
  t.same(book.find('entityInfo', '/erp/objects/1'), { applicationId: 'erp', keys: ['1'] })
  t.same(book.find('entityInfo', '/1/info'), { applicationId: 'demo', keys: ['1'] })
  t.same(book.find('createLink', '/erp/links?x=y'), { applicationId: 'erp' })
  t.same(book.find('createLink', '/links/'), { applicationId: 'demo' })
  t.same(book.find('removeLink', '/erp/links/TEST-1/1'), { applicationId: 'erp', links: [link('TEST-1', '1')] })
  t.match(book.find('removeLink', '/links/?action=del&ticket=A-1&obj=a/b'), { applicationId: 'demo' })
  for (const address of ['/', '/crm', '/crm/objects', '/crmx/objects/1', '/CRM/objects/1', '/nobody/objects/1'])
    t.equal(book.find('entityInfo', address), undefined, address)
})

t.test('an address belongs to the longer literal start, and a notice names the keys out of reach', async t => {
  const { book, faults, notices } = buildAddressBook([documented, application('crm')])
  t.same(faults, [])
  t.same(notices, [
    'demo: entityInfo /{{remoteKey}}/info cannot be asked for keys that start with `crm/objects/`, nor for `crm/objects`: crm answers there',
  ])
  t.match(book.find('entityInfo', '/crm/objects/1/info'), { applicationId: 'crm', keys: ['1/info'] })
  t.match(book.find('entityInfo', '/crm/objects/info'), { applicationId: 'crm', keys: ['info'] })
  t.match(book.find('entityInfo', '/crm/objectsx/info'), { applicationId: 'demo', keys: ['crm/objectsx'] })
})

/** The notices about keys of `shorter` that lead to `longer`. */
const noticesOf = (shorter: string, longer: string, call: 'entityInfo' | 'removeLink' = 'entityInfo') =>
  buildAddressBook([
    application('one', { [call]: call === 'entityInfo' ? shorter : [shorter] }),
    application('two', { [call]: call === 'entityInfo' ? longer : [longer] }),
  ]).notices.map(notice => notice.slice(notice.indexOf('for ') + 4))

t.test('a notice names exactly the keys that are out of reach', async t => {
  for (const [shorter, longer, ...notices] of [
    ['/{{remoteKey}}', '/x/{{remoteKey}}', 'keys that start with `x/`: two answers there'],
    ['/{{remoteKey}}', '/x/{{remoteKey}}/info', 'keys that start with `x/` and end with `/info`: two answers there'],
    [
      '/{{remoteKey}}/info',
      '/x/{{remoteKey}}/a/info',
      'keys that start with `x/` and end with `/a`: two answers there',
    ],
    ['/{{remoteKey}}/info', '/x/{{remoteKey}}/card'],
    ['/{{remoteKey}}/info', '/x?id={{remoteKey}}'],
    ['/{{remoteKey}}?id=1', '/x?id={{remoteKey}}', 'the key `x`: two answers there'],
    ['/{{remoteKey}}?kind=a', '/x/{{remoteKey}}?kind=b'],
    ['/x?id={{remoteKey}}', '/x/{{remoteKey}}'],
  ] as const)
    t.same(
      noticesOf(shorter, longer).filter(notice => !notice.includes('health')),
      notices,
      `${shorter} beside ${longer}`,
    )
  t.same(noticesOf('/{{remoteKey}}/{{issueKey}}', '/x/{{issueKey}}/{{remoteKey}}', 'removeLink'), [
    'keys that start with `x/`, nor for `x`: two answers there',
  ])
  t.same(noticesOf('/{{issueKey}}/{{remoteKey}}', '/x/{{issueKey}}/{{remoteKey}}', 'removeLink'), [])
})

t.test('a notice names the key whose address is the health check', async t => {
  const { notices } = buildAddressBook([application('crm', { entityInfo: '/{{remoteKey}}' })])
  t.match(notices, [/^crm: entityInfo \/{{remoteKey}} cannot be asked for the key `health`: /])
})

t.test('a notice does not show the value of a parameter, which may be a secret', async t => {
  const { notices } = buildAddressBook([
    application('one', { entityInfo: '/{{remoteKey}}?token=canary-secret' }),
    application('two'),
  ])
  t.match(notices.join(), /{{remoteKey}}\?token=… cannot/)
  t.notMatch(notices.join(), /canary/)
})

/** The faults and notices of two applications with these templates. */
const faultsOf = (call: keyof Endpoints, one: string, two: string) =>
  buildAddressBook([
    application('one', { [call]: call === 'removeLink' ? [one] : one }),
    application('two', { [call]: call === 'removeLink' ? [two] : two }),
  ]).faults

t.test('templates of two applications that could meet with equal literal start are refused', async t => {
  for (const [call, one, two] of [
    ['createLink', '/links', '/links'],
    ['createLink', '/links', '/links/'],
    ['createLink', '/links', '/l%69nks'],
    ['createLink', '/links', '/links?a=b'],
    ['createLink', '/links?a=b', '/links?c=d'],
    ['entityInfo', '/x/{{remoteKey}}', '/x/{{remoteKey}}/info'],
    ['entityInfo', '/x/{{remoteKey}}/info', '/x/{{remoteKey}}/of/info/'],
    ['entityInfo', '/x?a={{remoteKey}}', '/x?b={{remoteKey}}'],
    ['entityInfo', '/x?a={{remoteKey}}', '/x?a=1&b={{remoteKey}}'],
    ['entityInfo', '/x?{{remoteKey}}', '/x?a={{remoteKey}}'],
    ['removeLink', '/x/{{remoteKey}}/{{issueKey}}', '/x/{{issueKey}}/{{remoteKey}}'],
  ] as const)
    t.match(
      faultsOf(call, one, two),
      [{ field: `applications/1/endpoints/${call}`, rule: /applications\/0\/endpoints/, hint: /./ }],
      `${one} and ${two}`,
    )
  for (const [call, one, two] of [
    ['createLink', '/links?do=a', '/links?do=b'],
    ['entityInfo', '/x/{{remoteKey}}/info', '/x/{{remoteKey}}/card'],
    ['entityInfo', '/x?a={{remoteKey}}&app=one', '/x?app=two&b={{remoteKey}}'],
    ['entityInfo', '/x?a=one-{{remoteKey}}', '/x?a=two-{{remoteKey}}'],
    ['entityInfo', '/x/{{remoteKey}}', '/y/{{remoteKey}}'],
    ['entityInfo', '/x/{{remoteKey}}', '/x?id={{remoteKey}}'],
  ] as const)
    t.same(faultsOf(call, one, two), [], `${one} and ${two}`)
})

t.test('two applications with one path are refused once for each call', async t => {
  const { faults } = buildAddressBook([application('crm'), { ...application('crm'), id: 'other' }])
  t.same(
    faults.map(({ field }) => field),
    ['entityInfo', 'createLink', 'removeLink'].map(call => `applications/1/endpoints/${call}`),
  )
})

t.test('wrong templates are reported with their field, and the others still answer', async t => {
  const { book, faults } = buildAddressBook([
    application('crm'),
    application('erp', { entityInfo: '/{id}', removeLink: ['erp/{{issueKey}}'] }),
  ])
  t.same(
    faults.map(({ field }) => field),
    [
      'applications/1/endpoints/entityInfo',
      'applications/1/endpoints/removeLink',
      'applications/1/endpoints/removeLink',
    ],
  )
  t.ok(book.find('entityInfo', '/crm/objects/1'))
})

t.test('the templates of one application may meet: an address is read by all of them', async t => {
  const book = openBook(
    application('crm', { removeLink: ['/crm/{{issueKey}}/{{remoteKey}}', '/crm/links/{{remoteKey}}/{{issueKey}}'] }),
  )
  t.match(book.find('removeLink', '/crm/links/a/TEST-1'), { links: [link('TEST-1', 'a')] })
  t.match(book.find('removeLink', '/crm/A-1/a/TEST-1'), { links: [link('A-1', 'a/TEST-1')] })
})

t.test("an address of one application is never read as another's, even if it holds no valid key", async t => {
  const book = openBook(
    application('crm', { removeLink: ['/crm/{{issueKey}}/{{remoteKey}}'] }),
    application('all', { removeLink: ['/{{remoteKey}}/{{issueKey}}'] }),
  )
  t.match(book.find('removeLink', '/crm/foo/TEST-1'), { applicationId: 'crm', refusal: { code: 'key-invalid' } })
  t.match(book.find('removeLink', '/foo/TEST-1'), { applicationId: 'all', links: [link('TEST-1', 'foo')] })
})

t.test('the calls that an address answers are known, with valid keys or without', async t => {
  const book = openBook(application('crm'), documented)
  t.same(book.callsAt('/crm/links'), ['createLink', 'removeLink'])
  t.same(book.callsAt('/crm/objects/1'), ['entityInfo'])
  t.same(book.callsAt('/crm/objects/%00'), ['entityInfo'])
  t.same(book.callsAt('/links/?action=del&ticket=A-1&obj=1'), ['createLink', 'removeLink'])
  t.same(book.callsAt('/crm'), [])
  t.same(book.callsAt('*'), [])
})

t.test('each of several stored readings has an address of its own', async t => {
  const book = openBook(application('crm'))
  for (const stored of [
    [link('TEST-1', 'TEST-2'), link('TEST-2', 'TEST-1')],
    [link('TEST-1', 'a b'), link('TEST-1', 'a+b'), link('TEST-1', 'a%20b'), link('TEST-1', 'a%2Bb')],
    [link('TEST-1', 'a%2520b'), link('TEST-1', 'a%20b'), link('TEST-1', 'a b')],
    [link('TEST-1', 'a'), link('TEST-1', 'a/'), link('TEST-1', 'a?b'), link('TEST-1', 'a&b=c')],
    [link('TEST-1', 'ключ №1'), link('TEST-1', 'ключ+№1')],
  ])
    for (const meant of stored) {
      const address = book.unambiguousAddress('crm', meant, stored) ?? ''
      t.match(address, /^\/crm\/links[!-~]*$/, `${meant.remoteKey}: ${address}`)
      const readings = book.find('removeLink', address)?.links ?? []
      t.same(
        readings.filter(one => stored.some(other => JSON.stringify(one) === JSON.stringify(other))),
        [meant],
      )
    }
})

t.test('an address for one of several readings is given only if there is one', async t => {
  const stored = ['a b', 'a%20b', '%61%20%62'].map(remoteKey => link('TEST-1', remoteKey))
  const book = openBook(application('crm'))
  t.equal(book.unambiguousAddress('crm', link('TEST-1', 'a b'), stored), undefined)
  t.equal(book.unambiguousAddress('erp', link('TEST-1', 'a'), []), undefined, 'nor for an unknown application')
  const cyrillic = openBook(application('crm', { removeLink: ['/связь/{{issueKey}}/{{remoteKey}}'] }))
  t.equal(
    cyrillic.unambiguousAddress('crm', link('TEST-1', 'a b'), [link('TEST-1', 'a+b')]),
    '/%D1%81%D0%B2%D1%8F%D0%B7%D1%8C/TEST-1/a%20b',
  )
})
