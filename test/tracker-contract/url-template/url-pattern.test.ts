import t from 'tap'
import { capture, compilePattern } from '../../../src/tracker-contract/url-template/url-pattern.ts'

/** What a pattern captures of a whole address. */
const captured = (pattern: string, address: string) =>
  capture(compilePattern(pattern, 'path'), address, 0, address.length)?.map(({ issueKey, remoteKey }) => [
    issueKey,
    remoteKey,
  ])

t.test('a character of an address belongs to the text before the key or to that behind it, not to both', async t => {
  const pattern = '/crm/aa{{remoteKey}}aa'
  for (const address of ['/crm/aa', '/crm/aaa', '/crm/%61a', '/crm/a%61a'])
    t.equal(captured(pattern, address), undefined, address)
  t.same(captured(pattern, '/crm/aaaa'), [], 'nothing is between')
  t.same(captured(pattern, '/crm/aaxaa'), [[undefined, 'x']])
  t.same(captured(pattern, '/crm/aaaaa'), [[undefined, 'a']])
})

t.test('the text between two keys overlaps neither the text before them nor that behind them', async t => {
  const pattern = '/{{issueKey}}:a{{remoteKey}}a'
  t.same(captured(pattern, '/A-1:axa'), [['A-1', 'x']])
  t.same(captured(pattern, '/A-1:a'), [[undefined, 'A-1:']], 'the only `a` ends the address')
  t.same(captured(pattern, '/A-1:a:aa'), [['A-1', ':a']])
  const mirrored = '/a:{{remoteKey}}:{{issueKey}}'
  t.same(captured(mirrored, '/a:x:A-1'), [['A-1', 'x']])
  t.same(captured(mirrored, '/a:A-1'), [[undefined, 'A-1']], 'the only colon is before the keys')
  t.same(captured(mirrored, '/a::A-1'), [[undefined, ':A-1']], 'no key is empty')
})

t.test('a pattern without keys covers its text and nothing more', async t => {
  t.same(captured('/links', '/links'), [[undefined, undefined]])
  for (const address of ['/links/', '/link', '/linkss']) t.equal(captured('/links', address), undefined, address)
})
