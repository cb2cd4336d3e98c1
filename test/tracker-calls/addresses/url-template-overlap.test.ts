import * as fc from 'fast-check'
import t from 'tap'
import { buildAddressBook } from '../../../src/tracker-calls/addresses/address-book.ts'
import { fillUrlTemplate, parseUrlTemplate } from '../../../src/tracker-contract/url-template/url-template.ts'

// Small alphabets, so that many templates and keys collide.
const text = (...pieces: string[]) =>
  fc.array(fc.constantFrom(...pieces), { maxLength: 2 }).map(parts => parts.join(''))
const starts = text('a', 'a/', 'a%2F')
const ends = text('a', '/', '/a', 'a/')
const keys = text('a', '/', '/a', 'a/').filter(key => key !== '')

const templates = fc
  .record({
    start: starts,
    end: ends,
    slash: fc.constantFrom('', '/'),
    inQuery: fc.boolean(),
    name: fc.constantFrom('a', 'id'),
    parameter: fc.constantFrom('', '', 'b=1', 'b=2'),
  })
  .map(({ start, end, slash, inQuery, name, parameter }) =>
    inQuery
      ? `/${start}${slash}?${name}={{remoteKey}}${end}&${parameter}`
      : `/${start}{{remoteKey}}${end}${slash}${parameter && `?${parameter}`}`,
  )

/** The keys that a notice names, as a rule. */
function namedBy(notice: string): (key: string) => boolean {
  const start = /start with `([^`]*)`/.exec(notice)?.[1]
  const end = /end with `([^`]*)`/.exec(notice)?.[1] ?? ''
  const single = [...notice.matchAll(/(?:nor for|the key) `([^`]*)`/g)].map(match => match[1])
  const isNamed = (key: string) =>
    single.includes(key) || (start !== undefined && key.startsWith(start) && key.endsWith(end))
  // A slash at the end of an address may be the key's or not.
  return key => isNamed(key) || (key.endsWith('/') && isNamed(key.slice(0, -1)))
}

const endpoints = (entityInfo: string) => ({ entityInfo, createLink: '/none', removeLink: [] })

t.test(
  "an address that is made of one application's template is another's only for keys that a notice names",
  async t => {
    let taken = 0
    let refused = 0
    const property = fc.property(templates, templates, keys, (one, other, remoteKey) => {
      const [template] = [one, other].map(text => parseUrlTemplate(text, 'entityInfo'))
      const { book, faults, notices } = buildAddressBook([
        { id: 'one', endpoints: endpoints(one) },
        { id: 'other', endpoints: { ...endpoints(other), createLink: '/another' } },
      ])
      if (faults.length > 0) refused++
      if (faults.length > 0 || template === undefined || Array.isArray(template)) return
      for (const encode of [encodeURIComponent, encodeURI]) {
        const address = fillUrlTemplate(template, { remoteKey }, encode)
        if (book.find('entityInfo', address)?.applicationId === 'one') continue
        taken++
        if (!notices.some(notice => notice.startsWith('one: ') && namedBy(notice)(remoteKey)))
          throw new Error(`${address}, of one, is taken by other, and only this is told: ${notices.join('; ')}`)
      }
    })
    t.doesNotThrow(() => fc.assert(property, { seed: 20240502, numRuns: 3_000 }))
    t.ok(taken > 20, `${taken} addresses were taken`)
    t.ok(refused > 200, `${refused} pairs were refused`)
  },
)
