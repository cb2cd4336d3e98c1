import t from 'tap'
import { isKnown, namesEtag } from '../../src/values/etag.ts'

t.test('If-None-Match names an ETag alone, among others, weakly, or any', async t => {
  for (const known of ['"a"', '"b", "a"', '"b","a"', 'W/"a"', '"b", W/"a" ', '*']) t.ok(isKnown(known, '"a"'), known)
  for (const other of [undefined, '', '"b"', 'a', '"aa"', 'W/*']) t.notOk(isKnown(other, '"a"'), String(other))
})

t.test('If-Match names an ETag strongly', async t => {
  for (const named of ['"a"', '"b", "a"', '*']) t.ok(namesEtag(named, '"a"'), named)
  for (const other of ['W/"a"', '"b"', '']) t.notOk(namesEtag(other, '"a"'), other)
})
