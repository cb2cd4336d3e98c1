import * as fc from 'fast-check'
import t from 'tap'
import { type AddressBook, buildAddressBook } from '../../../src/tracker-calls/addresses/address-book.ts'
import { decodeEscapes } from '../../../src/tracker-calls/addresses/url-readings.ts'
import { parseRemoteKey } from '../../../src/tracker-contract/remote-key.ts'
import { parseUrlTemplate, type UrlTemplate } from '../../../src/tracker-contract/url-template/url-template.ts'
import { issueKeys, remoteKeys, templateTexts } from './url-template-arbitraries.ts'
import { type Keys, senders } from './url-template-senders.ts'

// What is stored decides, so these properties play a store: it holds the object or link that is meant, and similar ones.
// Some addresses mean two things for any reader. The similar ones that make them are left out:
//
// 1. Keys that are equal after decoding and with `+` as a space (`a b`, `a+b`, `a%20b`), or except for slashes at the end:
//    what one sender writes for the one, another writes for the other.
// 2. For an address whose keys were not encoded: its meaning if a raw `?` or `&` of the key ends the key, or ends the
//    address. So `/objects/a?b` also asks for `a`, with an unknown parameter.
// 3. With templates for both orders: a link that gives the same path in the other order (`TEST-1/TEST-2`).
//
// A key that holds the name of its own parameter (`&remoteKey=`) and is not encoded is refused, as a repeated one.

const fold = (text: string): string => {
  const plain = text.replaceAll('+', ' ')
  const once = decodeEscapes(plain) ?? plain
  return once === text ? text.replace(/\/+$/, '') : fold(once)
}

const isRaw = (sender: string) => sender === 'nothing encoded' || sender === 'new URL() of the whole address'

const textOf = ({ issueKey, remoteKey }: Keys) => `${issueKey} ${remoteKey}`

/** Whether another link is left out by rule 1 or 3. */
function isSameSpelling(other: Keys, meant: Keys, bothOrders: boolean): boolean {
  const spelled = ({ issueKey, remoteKey }: Keys) =>
    bothOrders
      ? [`${issueKey}/${remoteKey}`, `${remoteKey}/${issueKey}`].map(path => fold(path).toUpperCase())
      : [`${issueKey}/${fold(remoteKey)}`]
  return spelled(other).some(spelling => spelled(meant).includes(spelling))
}

const marksIn = (text: string) => [...text.matchAll(/[?&]/g)].map(({ index }) => index)

/** Keys for which a careless reader would take the key. */
function closeTo(key: string): string[] {
  const once = decodeEscapes(key) ?? key
  return [`${key}/`, `${key}?x`, `${key}&x=1`, ` ${key}`, `TEST-1/${key}`, `${key}/TEST-1`]
    .concat(key.slice(0, -1), key.slice(1), key.trim(), key.toUpperCase(), key.toLowerCase())
    .concat(key.normalize('NFC'), key.normalize('NFD'), once, decodeEscapes(once) ?? once, encodeURIComponent(key))
    .concat(key.replaceAll('+', ' '), key.replaceAll(' ', '+'), key.replaceAll('%', ''), key.replaceAll('%', '%25'))
    .concat(key.replace(/[?&/#].*/s, ''), key.replace(/^.*?\//s, ''), key.replace(/\/[^/]*$/s, ''))
    .filter(other => parseRemoteKey(other) !== undefined)
}

/** The readings of the address that are stored, for each sender that can fill in the template. */
function storedReadings(
  template: UrlTemplate,
  meant: Keys,
  others: readonly Keys[],
  read: (address: string) => { links: readonly Keys[]; code: string | undefined },
  bothOrders = false,
) {
  const stored = new Set(others.map(textOf))
  return Object.entries(senders).flatMap(([sender, send]) => {
    const address = send(template, meant)
    if (address === undefined) return []
    const { links, code } = read(address)
    if (isRaw(sender) && code === 'key-repeated') return []
    const cutKeys = isRaw(sender) ? marksIn(meant.remoteKey).map(mark => meant.remoteKey.slice(0, mark)) : []
    const cutAddresses = isRaw(sender) ? marksIn(address).map(mark => address.slice(0, mark)) : []
    const saidByCut = cutAddresses.flatMap(cut => read(cut).links.map(textOf))
    const isInherent = (link: Keys) =>
      saidByCut.includes(textOf(link)) ||
      [meant.remoteKey, ...cutKeys].some(key => isSameSpelling(link, { ...meant, remoteKey: key }, bothOrders))
    const isMeant = (link: Keys) => textOf(link) === textOf(meant)
    const isOther = (link: Keys) => stored.has(textOf(link)) && !isInherent(link)
    return [{ sender, address, readings: links.filter(link => isMeant(link) || isOther(link)) }]
  })
}

function readCard(book: AddressBook, address: string) {
  const match = book.find('entityInfo', address)
  const links = (match?.keys ?? []).map(remoteKey => ({ issueKey: '', remoteKey }))
  return { links, code: match?.refusal?.code }
}

function readRemoval(book: AddressBook, address: string) {
  const match = book.find('removeLink', address)
  return { links: match?.links ?? [], code: match?.refusal?.code }
}

function bookOf(endpoints: { entityInfo?: string; removeLink?: string[] }) {
  return buildAddressBook([
    { id: 'crm', endpoints: { entityInfo: '/none/{{remoteKey}}', createLink: '/none', removeLink: [], ...endpoints } },
  ]).book
}

const settings = { seed: 20240502, numRuns: 600 }
const someKeys = fc.array(remoteKeys, { maxLength: 4 })

t.test('a card: of the readings that are stored, the object that is meant is the first', async t => {
  const property = fc.property(templateTexts(['remoteKey']), remoteKeys, someKeys, (text, remoteKey, random) => {
    const template = parseUrlTemplate(text, 'entityInfo')
    fc.pre(!Array.isArray(template))
    const book = bookOf({ entityInfo: text })
    const others = [...random, ...closeTo(remoteKey)].map(other => ({ issueKey: '', remoteKey: other }))
    const meant = { issueKey: '', remoteKey }
    for (const { sender, address, readings } of storedReadings(template, meant, others, one => readCard(book, one)))
      if (readings[0]?.remoteKey !== remoteKey)
        throw new Error(`${sender} ${address} is read as ${JSON.stringify(readCard(book, address))}`)
  })
  t.doesNotThrow(() => fc.assert(property, settings))
})

/** Links of the keys with the issue that is meant and with others. */
const linksOf = (keys: readonly string[], issueKey: string) =>
  keys.flatMap(remoteKey => [issueKey, 'TEST-1', 'TEST-2', 'A-5'].map(issue => ({ issueKey: issue, remoteKey })))

const isOnly = (readings: readonly Keys[], meant: Keys) => readings.map(textOf).join() === textOf(meant)

t.test('a removal: of the readings that are stored, the link that is meant is the only one', async t => {
  const property = fc.property(
    templateTexts(['issueKey', 'remoteKey']),
    issueKeys,
    remoteKeys,
    someKeys,
    (text, issueKey, remoteKey, random) => {
      const template = parseUrlTemplate(text, 'removeLink')
      fc.pre(!Array.isArray(template))
      const book = bookOf({ removeLink: [text] })
      const meant = { issueKey, remoteKey }
      const others = linksOf([remoteKey, ...random, ...closeTo(remoteKey)], issueKey)
      for (const { sender, address, readings } of storedReadings(template, meant, others, one =>
        readRemoval(book, one),
      ))
        if (!isOnly(readings, meant))
          throw new Error(`${sender} ${address} is read as ${JSON.stringify(readRemoval(book, address))}`)
    },
  )
  t.doesNotThrow(() => fc.assert(property, settings))
})

t.test('the same with the three default templates of an application together, whichever Tracker fills in', async t => {
  const templates = [
    '/crm/links?issueKey={{issueKey}}&remoteKey={{remoteKey}}',
    '/crm/links/{{issueKey}}/{{remoteKey}}',
    '/crm/links/{{remoteKey}}/{{issueKey}}',
  ]
  const book = bookOf({ removeLink: templates })
  const property = fc.property(issueKeys, remoteKeys, someKeys, (issueKey, remoteKey, random) => {
    const meant = { issueKey, remoteKey }
    const others = linksOf([remoteKey, ...random, ...closeTo(remoteKey)], issueKey)
    for (const text of templates) {
      const template = parseUrlTemplate(text, 'removeLink') as UrlTemplate
      const found = storedReadings(template, meant, others, address => readRemoval(book, address), true)
      for (const { sender, address, readings } of found)
        if (!isOnly(readings, meant))
          throw new Error(`${sender} ${address} is read as ${JSON.stringify(readRemoval(book, address))}`)
    }
  })
  t.doesNotThrow(() => fc.assert(property, { ...settings, numRuns: 200 }))
})
