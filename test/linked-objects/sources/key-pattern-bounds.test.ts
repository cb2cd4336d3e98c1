import t, { type Test } from 'tap'
import { checkKeyPattern } from '../../../src/linked-objects/sources/check-key-pattern.ts'
import { playUpstream } from '../../support/played-upstream.ts'
import { sourceOf } from '../../support/source-application.ts'

async function keyed(t: Test, keyPattern: string, id: string) {
  const upstream = await playUpstream(t)
  const { find } = sourceOf(
    t,
    {
      source: 'http',
      url: `${upstream.origin}/{{remoteKey}}`,
      privateHosts: ['127.0.0.1'],
      keyPattern,
      mapping: { summary: 'title' },
    },
    '/',
    id,
  )
  return { seen: upstream.seen, find: (key: string): Promise<unknown> => find(key).catch((error: unknown) => error) }
}

t.test('a pattern that takes long on a key is a failure of that object, and the server goes on', async t => {
  // Alternatives that mean the same, a repetition within one, and letters that no check tries.
  for (const [keyPattern, key] of [
    ['(?:ab|ab)*', `${'ab'.repeat(100)}!`],
    ['(?:x|a|(?:qz){2}|q+z?qz)*', `${'qzqz'.repeat(50)}!`],
    ['(?:[\\p{L}-]|[^\\s])*', `${'ю-'.repeat(100)} `],
    ['(?=(?:жщ|жщ)*$).*', `${'жщ'.repeat(100)}!`],
  ] as const) {
    const [slow, other] = [await keyed(t, keyPattern, 'crm'), await keyed(t, '.+', 'other')]
    let isOver = false
    const asked = slow.find(key).finally(() => {
      isOver = true
    })
    t.match(await other.find('1'), { summary: 'Deal' })
    t.equal(isOver, false, `${keyPattern}: another card came meanwhile`)
    t.match(await asked, { name: 'SourceFailure', reason: 'failed', message: /`keyPattern` took too long on this key/ })
    t.same(slow.seen, [])
    t.match(await slow.find(key.slice(0, 8)), { summary: 'Deal' }, 'the next key')
  }
})

t.test('a pattern that is slow on keys like its own text is refused when the configuration is read', async t => {
  for (const keyPattern of ['(?:ab|ab)*', '(a+)+!', '(?:deal|de|al)*', '(?<id>(?:\\d|[0-9])+)'])
    t.match(
      checkKeyPattern(keyPattern),
      [{ field: 'keyPattern', rule: /takes too long/, hint: /alternatives/ }],
      keyPattern,
    )
})

t.test('a pattern that cannot take long is taken', async t => {
  for (const keyPattern of [
    '(?<project>.+)/-/merge_requests/(?<iid>[0-9]+)',
    '(?<id>[0-9]{1,18})',
    '(?<a>[^/]+(?:/[^/]+)*)!(?<b>[0-9]+)',
    '(?:[A-Z]{2,10}-\\d+)(?:/(?<part>\\w+))?',
    '(?<a>.+)-(?<b>.+)-(?<c>.+)',
  ])
    t.same(checkKeyPattern(keyPattern), [], keyPattern)
})
