import t from 'tap'
import { buildAddressBook } from '../../../src/tracker-calls/addresses/address-book.ts'
import { onTheWire } from './url-template-senders.ts'

function bookOf(endpoints: { entityInfo?: string; createLink?: string; removeLink?: string[] }) {
  const defaults = { entityInfo: '/none/{{remoteKey}}', createLink: '/none', removeLink: [] }
  const { book, faults } = buildAddressBook([{ id: 'crm', endpoints: { ...defaults, ...endpoints } }])
  if (faults.length > 0) throw new Error(JSON.stringify(faults))
  return book
}

/** The keys that an address of a card may mean; the error code if it holds none. */
const keysAt = (entityInfo: string, address: string) => {
  const match = bookOf({ entityInfo }).find('entityInfo', address)
  return match?.keys ?? match?.refusal?.code
}

/** The links that an address of a removal may mean, issue key first. */
const linksAt = (removeLink: string | string[], address: string) => {
  const match = bookOf({ removeLink: [removeLink].flat() }).find('removeLink', address)
  return match?.links?.map(link => `${link.issueKey} ${link.remoteKey}`) ?? match?.refusal
}

const card = '/crm/objects/{{remoteKey}}'
const query = '/crm/links?issueKey={{issueKey}}&remoteKey={{remoteKey}}'
const documented = '/links/?action=del&ticket={{issueKey}}&obj={{remoteKey}}'
const defaults = [query, '/crm/links/{{issueKey}}/{{remoteKey}}', '/crm/links/{{remoteKey}}/{{issueKey}}']

t.test("the examples of Tracker's documents are read", async t => {
  t.same(keysAt('/{{remoteKey}}/info', '/1234/info'), ['1234'])
  t.same(linksAt(documented, '/links/?action=del&ticket=TEST-123&obj=1234'), ['TEST-123 1234'])
})

t.test('a key that is the whole query is read, whatever stands in it', async t => {
  t.same(keysAt('/card?{{remoteKey}}', '/card?1234'), ['1234'])
  t.same(keysAt('/card?{{remoteKey}}', '/card?id=7&x%20y'), ['id=7&x y', 'id=7&x%20y'])
})

t.test('the readings come in order: decoded, plus as space, as it came, decoded twice, nothing encoded', async t => {
  t.same(keysAt(card, '/crm/objects/1234'), ['1234'])
  t.same(keysAt(card, '/crm/objects/a%20b'), ['a b', 'a%20b'])
  t.same(keysAt(card, '/crm/objects/a+b'), ['a+b', 'a b'])
  t.same(keysAt(card, '/crm/objects/a+b%2541?c'), ['a+b%41', 'a b%41', 'a+b%2541', 'a+bA', 'a+b%2541?c', 'a+b%41?c'])
  t.same(keysAt(card, '/crm/objects/group/project/-/7'), ['group/project/-/7'])
  t.same(keysAt(card, '/crm/objects/group%2fproject%2F7'), ['group/project/7', 'group%2fproject%2F7'])
  t.same(keysAt(card, '/crm/objects/a#b'), ['a#b'], 'a fragment is never sent, so this belongs to the key')
})

t.test('raw and escaped UTF-8 are read, alone and together', async t => {
  t.same(keysAt(card, onTheWire('/crm/objects/ключ🚀')), ['ключ🚀'])
  t.same(keysAt(card, '/crm/objects/%d0%BA%D0%bb'), ['кл', '%d0%BA%D0%bb'])
  t.same(keysAt(card, onTheWire('/crm/objects/к%D0%BB')), ['кл', 'к%D0%BB'])
  t.same(keysAt(card, '/crm/objects/ключ'), ['ключ'], 'an address that is text already')
})

t.test('a malformed address is read as far as it can be, and never throws', async t => {
  t.same(keysAt(card, '/crm/objects/100%'), ['100%'])
  t.same(keysAt(card, '/crm/objects/%ZZ%20'), ['%ZZ ', '%ZZ%20'])
  t.same(keysAt(card, '/crm/objects/%C3'), ['%C3'], 'no text when decoded, but a text as it came')
  t.same(keysAt(card, '/crm/objects/%E0%80%80'), ['%E0%80%80'])
  t.same(keysAt(card, '/crm/objects/\xc3'), 'key-invalid', 'bytes that are no UTF-8')
  t.same(keysAt(card, '/crm/objects/a?x=\xc3'), ['a'], 'unless they are in a parameter that is not ours')
  t.same(keysAt(card, '/crm/objects/\ud800'), 'key-invalid')
})

t.test('a key that breaks a rule is refused, with the rule', async t => {
  const refusal = (address: string) => bookOf({ entityInfo: card }).find('entityInfo', address)?.refusal
  for (const key of ['%00', 'a%00b', '\0', '', '/', 'x'.repeat(256), '%D1%8F'.repeat(256), 'x'.repeat(16_000)]) {
    if (key === '/') t.same(keysAt(card, '/crm/objects//'), ['/'])
    else
      t.match(
        refusal(`/crm/objects/${key}`),
        { code: 'key-invalid', fault: { field: 'remoteKey', rule: /./, hint: /./ } },
        key.slice(0, 9),
      )
  }
  t.same(keysAt(card, `/crm/objects/${'я'.repeat(255)}`), ['я'.repeat(255)])
  const twice = encodeURIComponent(encodeURIComponent('🚀'.repeat(255)))
  t.equal(keysAt(card, `/crm/objects/${twice}`)?.[0], '🚀'.repeat(255), 'the longest way to send the longest key')
  t.same(keysAt(card, '/crm/objects/%2500'), ['%00', '%2500'], 'the text %00 is a key like any other')
  t.match(linksAt(defaults, '/crm/links/TEST-1/'), { code: 'key-invalid', fault: { field: 'remoteKey' } })
  t.match(linksAt(defaults, '/crm/links/one/two'), { code: 'key-invalid', fault: { field: 'issueKey' } })
  t.match(linksAt(query, '/crm/links?issueKey=TEST&remoteKey=1'), { code: 'key-invalid', fault: { field: 'issueKey' } })
  t.match(linksAt(query, '/crm/links?issueKey=TEST-1&remoteKey=%00'), {
    code: 'key-invalid',
    fault: { field: 'remoteKey' },
  })
})

const missing = (field: string) => ({ code: 'key-invalid', fault: { field, rule: /present/ } })

t.test('a key parameter that is missing or empty is reported by its name', async t => {
  t.match(linksAt(defaults, '/crm/links'), missing('issueKey'))
  t.match(linksAt(defaults, '/crm/links/?remoteKey=1'), missing('issueKey'))
  t.match(linksAt(query, '/crm/links?issueKey=TEST-1'), missing('remoteKey'))
  t.match(linksAt(query, '/crm/links?issueKey=TEST-1&remoteKey'), missing('remoteKey'))
  t.match(linksAt(query, '/crm/links?issueKey=TEST-1&remoteKey='), missing('remoteKey'))
  t.match(linksAt(documented, '/links?action=del&obj=1'), missing('ticket'))
})

t.test('a key parameter that is given twice is refused by its name', async t => {
  const repeated = { code: 'key-repeated', fault: { field: 'remoteKey' } }
  t.match(linksAt(defaults, '/crm/links?issueKey=TEST-1&remoteKey=1&remoteKey=2'), repeated)
  t.match(linksAt(defaults, '/crm/links?remoteKey=1&issueKey=TEST-1&remoteKey=1'), repeated, 'even with one value')
  t.match(linksAt(defaults, '/crm/links?issueKey=TEST-1&remoteKey=1&remote%4Bey=2'), repeated, 'in any spelling')
  t.same(linksAt(query, '/crm/links?issueKey=TEST-1&remoteKey=1&x=1&x=2'), ['TEST-1 1', 'TEST-1 1&x=1&x=2'])
})

t.test('parameters come in any order, others are ignored, literal ones must be there', async t => {
  t.same(linksAt(documented, '/links?obj=1234&x=y&ticket=test-123&&action=del&z'), ['TEST-123 1234'])
  t.same(linksAt(documented, '/links/?%61ction=d%65l&ticket=TEST-123&obj=1234'), ['TEST-123 1234'])
  t.equal(linksAt(documented, '/links/?ticket=TEST-123&obj=1234'), undefined)
  t.equal(linksAt(documented, '/links/?action=add&ticket=TEST-123&obj=1234'), undefined)
  t.equal(linksAt(documented, '/links/?ACTION=del&ticket=TEST-123&obj=1234'), undefined)
  t.equal(linksAt(documented, '/links/?action=del&action=add&ticket=TEST-123&obj=1234'), undefined)
  const spaced = '/links?q=a+b&ticket={{issueKey}}&obj={{remoteKey}}'
  for (const q of ['a+b', 'a%20b', 'a%2Bb', 'a%2bb'])
    t.same(linksAt(spaced, `/links?obj=1&ticket=A-1&q=${q}`), ['A-1 1'], q)
  t.equal(bookOf({ createLink: '/links?action=add' }).find('createLink', '/links?action=del'), undefined)
  t.same(bookOf({ createLink: '/links?action=add' }).find('createLink', '/links/?x&action=add'), {
    applicationId: 'crm',
  })
})

t.test('a slash at the end of the path may be there or not', async t => {
  for (const [template, address] of [
    ['/crm/links', '/crm/links/'],
    ['/crm/links/', '/crm/links'],
    ['/crm/links/?a=b', '/crm/links?a=b'],
    ['/', '/'],
  ] as const)
    t.ok(bookOf({ createLink: template }).find('createLink', address), `${template} ${address}`)
  t.notOk(bookOf({ createLink: '/crm/links' }).find('createLink', '/crm/links//'))
  t.same(keysAt('/{{remoteKey}}/info', '/1234/info/'), ['1234'])
  t.same(keysAt('/{{remoteKey}}/info/', '/1234/info'), ['1234'])
})

t.test("if the key ends the path, a slash at the end is the key's or not, as the template suggests", async t => {
  t.same(keysAt(card, '/crm/objects/a/'), ['a/', 'a'])
  t.same(keysAt('/crm/objects/{{remoteKey}}/', '/crm/objects/a/'), ['a', 'a/'])
  t.same(keysAt('/crm/objects/{{remoteKey}}/', '/crm/objects/a//'), ['a/', 'a//'])
  t.same(keysAt('/crm/objects/{{remoteKey}}/', '/crm/objects/a'), ['a'])
  t.same(keysAt(card, '/crm/objects/a%2F'), ['a/', 'a%2F'])
  t.same(linksAt(defaults, '/crm/links/a/TEST-1/'), ['TEST-1 a'])
  t.same(linksAt(defaults, '/crm/links/TEST-1/a/'), ['TEST-1 a/', 'TEST-1 a'])
})

t.test('literal text comes raw or encoded, in either hex case', async t => {
  const cyrillic = '/объекты/{{remoteKey}}/инфо?вид=карта'
  for (const address of [
    onTheWire('/объекты/1/инфо?вид=карта'),
    '/%D0%BE%D0%B1%D1%8A%D0%B5%D0%BA%D1%82%D1%8B/1/%d0%b8%d0%bd%d1%84%d0%be?%D0%B2%D0%B8%D0%B4=%d0%BA%D0%B0%D1%80%D1%82%D0%B0',
  ])
    t.same(keysAt(cyrillic, address), ['1'])
  t.same(keysAt(card, '/cr%6d%2fobjects%2F1'), ['1'])
  t.same(keysAt('/a%20b%2fc/{{remoteKey}}', '/a%20b/c/1'), ['1'])
  t.same(keysAt('/100%25/{{remoteKey}}', '/100%25/1'), ['1'])
  t.equal(keysAt('/100%25/{{remoteKey}}', '/100%/1'), undefined, 'but for `%`, which begins an escape')
  t.equal(keysAt(card, '/CRM/objects/1'), undefined)
  t.equal(keysAt(card, '/crm/object/1'), undefined)
})

t.test('for a path with both keys every split that leaves an issue key counts', async t => {
  t.same(linksAt(defaults, '/crm/links/TEST-1/1234'), ['TEST-1 1234'])
  t.same(linksAt(defaults, '/crm/links/1234/TEST-1'), ['TEST-1 1234'])
  t.same(linksAt(defaults, '/crm/links/TEST-1/group/project/7'), ['TEST-1 group/project/7'])
  t.same(linksAt(defaults, '/crm/links/group/project/7/TEST-1'), ['TEST-1 group/project/7'])
  t.same(linksAt(defaults, '/crm/links/TEST-1/TEST-2'), ['TEST-1 TEST-2', 'TEST-2 TEST-1'])
  t.same(linksAt(defaults, '/crm/links/TEST-1/a/TEST-2'), ['TEST-1 a/TEST-2', 'TEST-2 TEST-1/a'])
  t.same(linksAt('/{{issueKey}}5{{remoteKey}}', '/TEST-1555'), ['TEST-1 55', 'TEST-15 5'])
  t.same(linksAt('/{{remoteKey}}-{{issueKey}}', '/a-b-TEST-1'), ['TEST-1 a-b'])
  t.same(linksAt(defaults, '/crm/links/test%2D1/a%2Fb'), ['TEST-1 a/b', 'TEST-1 a%2Fb'])
  t.same(linksAt(defaults, '/crm/links/test%252D1/a'), ['TEST-1 a'])
})

t.test('keys stand anywhere in path and query, alone or together', async t => {
  t.same(linksAt('/of/{{issueKey}}?obj={{remoteKey}}', '/of/TEST-1/?x=1&obj=a'), ['TEST-1 a'])
  t.same(linksAt('/of/{{remoteKey}}?issue={{issueKey}}', '/of/a/b?issue=TEST-1'), ['TEST-1 a/b'])
  t.same(linksAt('/of?pair={{issueKey}}:{{remoteKey}}', '/of?pair=TEST-1%3Aa'), ['TEST-1 a'])
  t.same(keysAt('/card?{{remoteKey}}', '/card?a=b&c'), ['a=b&c'])
  t.same(keysAt('/card?id=crm-{{remoteKey}}', '/card/?id=crm-7'), ['7'])
  t.equal(keysAt('/card?id=crm-{{remoteKey}}', '/card/?id=erp-7'), undefined)
})

t.test('if nothing was encoded, a key may hold what divides an address', async t => {
  t.same(keysAt(card, '/crm/objects/a?b=c&d#e/f'), ['a', 'a?b=c&d#e/f'])
  t.same(keysAt('/{{remoteKey}}/info', '/a?b/info'), ['a?b'])
  t.same(keysAt('/card?id={{remoteKey}}', '/card?id=a&b=c?d#e'), ['a', 'a&b=c?d#e'])
  t.same(keysAt('/{{remoteKey}}?kind=card', '/a?b?kind=card'), ['a?b'])
  t.same(linksAt('/{{issueKey}}/{{remoteKey}}?do=del', '/A-1/a?b?do=del'), ['A-1 a?b'])
  t.equal(linksAt('/{{issueKey}}/{{remoteKey}}?do=del', '/one/a?b?do=del'), undefined)
  t.same(linksAt(documented, '/links/?action=del&ticket=TEST-1&obj=a&action=x'), ['TEST-1 a&action=x'])
  t.same(linksAt(query, '/crm/links/?issueKey=TEST-1&remoteKey=a b&c%20d'), [
    'TEST-1 a b',
    'TEST-1 a b&c%20d',
    'TEST-1 a b&c d',
  ])
})

t.test("a whole URL in the request line is read, anything else is no application's", async t => {
  t.same(keysAt(card, 'http://links.example.com:8080/crm/objects/1'), ['1'])
  t.same(keysAt(card, 'HTTPS://links.example.com/crm/objects/1'), ['1'])
  for (const address of ['', '*', 'links.example.com:443', 'http://links.example.com', 'crm/objects/1', '?', '//'])
    t.equal(keysAt(card, address), undefined, address)
})
