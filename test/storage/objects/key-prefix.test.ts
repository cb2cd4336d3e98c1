import t from 'tap'
import { endOf } from '../../../src/storage/objects/key-range.ts'
import { readsObjects } from '../../../src/storage/objects/search-objects.ts'
import type { StoredObject } from '../../../src/storage/objects/stored-object.ts'
import { openStorage } from '../../../src/storage/open-storage.ts'
import { storedObjects } from '../../support/stored.ts'
import { emptyDatabase } from '../../support/test-database.ts'

const silent = { info: () => {}, warn: () => {}, error: () => {} }
const keys = [
  'a',
  'ab',
  'a-b',
  'ab%',
  'ab_c',
  'AB',
  'b',
  'é',
  'éa',
  '\u{d7ff}x',
  '\u{e000}',
  '\u{10ffff}',
  '\u{10ffff}b',
]

t.test('a prefix finds the same keys however the database sorts', async t => {
  for (const sorts of [
    "LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' LOCALE 'C'",
    "LOCALE_PROVIDER icu ICU_LOCALE 'en-US'",
    "LOCALE_PROVIDER libc LOCALE 'C'",
  ]) {
    const { url } = await emptyDatabase(t, `ENCODING UTF8 ${sorts}`)
    const storage = await openStorage({ databaseUrl: url, dataDirectory: '', log: silent })
    t.teardown(() => storage.close())
    const objects = storedObjects(storage.prisma)
    await objects.put(
      'crm',
      keys.map(key => ({ key: key as never, summary: 'x' })),
    )
    const isLanguage = sorts.includes('icu')
    t.equal(await readsObjects(storage.prisma, { keyPrefix: 'a' }), isLanguage, `objects are read, ${sorts}`)
    t.equal(await readsObjects(storage.prisma, {}), false)
    for (const keyPrefix of ['a', 'ab', 'ab%', 'ab_', 'é', '\u{d7ff}', '\u{10ffff}', 'none']) {
      const fit = keys.filter(key => key.startsWith(keyPrefix))
      const found = await objects.search('crm', { keyPrefix }, { limit: 100 })
      const walked = await objects.findMore('crm', { keyPrefix }, { limit: 100 })
      t.same([sorted(found), sorted(walked.objects)], [fit.toSorted(), fit.toSorted()], `${keyPrefix}, ${sorts}`)
      t.equal(await objects.count('crm', { keyPrefix }), fit.length)
    }
  }
})

const sorted = (list: readonly StoredObject[]) => list.map(({ info }) => info.key).toSorted()

t.test('the end of a prefix is the next text that does not begin with it', async t => {
  t.equal(endOf('ab'), 'ac')
  t.equal(endOf('a\u{10ffff}'), 'b')
  t.equal(endOf('\u{d7ff}'), '\u{e000}')
  t.equal(endOf('\u{10ffff}'), undefined)
})
