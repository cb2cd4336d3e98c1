import * as fc from 'fast-check'
import t from 'tap'
import { buildAddressBook } from '../../../src/tracker-calls/addresses/address-book.ts'
import { mostReadings } from '../../../src/tracker-calls/addresses/address-readings.ts'
import { capture, compilePattern } from '../../../src/tracker-contract/url-template/url-pattern.ts'
import { onTheWire } from './url-template-senders.ts'

const longest = 16 * 1024
const fill = (start: string, repeated: string) =>
  start + repeated.repeat(Math.ceil((longest - start.length) / repeated.length)).slice(0, longest - start.length)

const { book } = buildAddressBook([
  {
    id: 'crm',
    endpoints: {
      entityInfo: '/crm/objects/{{remoteKey}}',
      createLink: '/crm/links',
      removeLink: [
        '/crm/links?issueKey={{issueKey}}&remoteKey={{remoteKey}}',
        '/crm/links/{{issueKey}}/{{remoteKey}}',
        '/crm/links/{{remoteKey}}/{{issueKey}}',
      ],
    },
  },
  {
    id: 'demo',
    endpoints: {
      entityInfo: '/{{remoteKey}}/info',
      createLink: '/ссылки?действие=add',
      removeLink: ['/{{remoteKey}}A{{issueKey}}?действие=del'],
    },
  },
])
const calls = ['entityInfo', 'createLink', 'removeLink'] as const

t.test('the splits that are looked at do not grow with the address', async t => {
  for (const text of ['{{issueKey}}/{{remoteKey}}', '{{remoteKey}}/{{issueKey}}']) {
    const pattern = compilePattern(`/links/${text}`, 'path')
    const splits = (length: number) => {
      const address = `/links/${'A-1/'.repeat(length)}A-1`
      let looked = 0
      const counting = {
        ...pattern,
        middle: new Proxy(pattern.middle, {
          get(literal, name) {
            if (name === 'characters') looked++
            return Reflect.get(literal, name)
          },
        }),
      }
      t.equal(capture(counting, address, 0, address.length)?.length, 1)
      return looked
    }
    t.ok(splits(100) <= 230, `${splits(100)} places`)
    t.equal(splits(4_000), splits(100))
  }
})

t.test('an address has at most 64 readings: one with more is refused, never cut short', async t => {
  const many = book.find(
    'removeLink',
    `/+%2541${'A'.repeat(40)}-1?%D0%B4%D0%B5%D0%B9%D1%81%D1%82%D0%B2%D0%B8%D0%B5=del`,
  )
  t.match(many, { applicationId: 'demo', refusal: { code: 'key-invalid', fault: { rule: /64 ways/ } } })
  const some = book.find('removeLink', onTheWire(`/1${'A'.repeat(40)}-1?действие=del`))
  t.ok((some?.links?.length ?? 0) > 20)
  t.ok((some?.links?.length ?? 0) <= mostReadings)
})

t.test('the longest hostile addresses are answered, with few readings', async t => {
  for (const start of [
    '/',
    '/crm/objects/',
    '/crm/links/',
    '/crm/links/A-1/',
    '/crm/links?',
    '/crm/links?issueKey=A-1&remoteKey=',
  ])
    for (const repeated of [
      '/',
      '&',
      '=',
      '?',
      '%',
      '+',
      '%2F',
      '%252F',
      '%C3',
      '%C3a',
      'A-1/',
      '/A-1',
      '&=',
      'issueKey=',
      '&x=1',
      'A',
      '\xff',
      '%00',
    ])
      for (const call of calls) {
        const match = book.find(call, fill(start, repeated))
        const readings = match && 'keys' in match ? match.keys : match && 'links' in match ? match.links : []
        if ((readings ?? []).length > mostReadings) t.fail(`${call} ${start} ${repeated}`)
      }
  t.match(book.find('removeLink', fill('/crm/links?issueKey=A-1&remoteKey=1', '&x')), { links: [{ remoteKey: '1' }] })
})

t.test('no bytes make it throw', async t => {
  const bytes = fc.array(
    fc.oneof(
      fc.constantFrom(
        '/crm/objects/',
        '/crm/links',
        '/crm/links/',
        '/info',
        'A-1',
        'issueKey=',
        'remoteKey=',
        '%',
        '%C3',
      ),
      fc.constantFrom('?', '&', '=', '/', '#', '%00', '%2f', '+', 'http://', '{{remoteKey}}', '\ud800', 'Ж', '🚀'),
      fc.nat({ max: 255 }).map(code => String.fromCharCode(code)),
    ),
    { maxLength: 12 },
  )
  const property = fc.property(fc.boolean(), bytes, (rooted, parts) => {
    const address = (rooted ? '/crm/' : '') + parts.join('')
    for (const call of calls) book.find(call, address)
    book.callsAt(address)
  })
  t.doesNotThrow(() => fc.assert(property, { seed: 20240502, numRuns: 5000 }))
})
