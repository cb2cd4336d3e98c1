import { array, assert, constantFrom, letrec, oneof, property, tuple } from 'fast-check'
import t from 'tap'
import { compileKeyPattern } from '../../../src/linked-objects/sources/key-parts.ts'
import { isQuick } from '../../../src/linked-objects/sources/quick-pattern.ts'
import { withinTime } from '../../../src/linked-objects/sources/time-bound.ts'

let groups = 0

const { pattern } = letrec<{ pattern: string; piece: string; atom: string }>(tie => ({
  atom: oneof(
    { maxDepth: 2 },
    constantFrom('a', 'b', '.', '[ab]', '[^b]', '[\\]a]', '\\w', '\\p{L}', '\\u{61}', '\\u0061', '\\/', '\\{'),
    tie('pattern').map(inside => `(?:${inside})`),
    tie('pattern').map(inside => `(?<g${++groups}>${inside})`),
    tie('pattern').map(inside => `(?=${inside})`),
  ),
  piece: tuple(
    tie('atom'),
    constantFrom('', '', '', '*', '+', '?', '*?', '+?', '??', '{2}', '{1,18}', '{0,3}?', '{3,}'),
  ).map(([atom, times]) => (atom.startsWith('(?=') ? atom : atom + times)),
  pattern: array(tuple(tie('piece'), constantFrom('', '', '', '|')), { minLength: 1, maxLength: 6 }).map(pieces =>
    pieces.map(parts => parts.join('')).join(''),
  ),
}))

const hardKeys = ['a', 'b', 'ab', 'aab', 'é', '/'].flatMap(word =>
  ['', '!', 'b\u0001'].map(end => word.repeat(255 / word.length) + end),
)

t.test('a pattern that is called quick is quick on hard keys', async t => {
  let quick = 0
  const isTrue = property(pattern, text => {
    const compiled = compileKeyPattern(text)
    if (!isQuick(text)) return
    quick++
    // Far more than the milliseconds that it takes; a pattern that explodes takes years.
    for (const key of hardKeys) withinTime(10_000, () => compiled.exec(key))
  })
  assert(isTrue, { numRuns: 4_000, seed: 16 })
  t.ok(quick > 100, `${quick} were quick`)
})

t.test('the usual patterns are quick, what repeats a group or looks around is not', async t => {
  for (const text of [
    '(?<project>.+)/-/merge_requests/(?<iid>[0-9]+)',
    '(?<id>[0-9]{1,18})',
    'D-(?<id>\\d+)',
    '(?<queue>[A-Z]{2,10})-(?<n>\\d{1,9})',
    '(?:deal|lead|task)/(?<id>[0-9]+)',
    '[)(*+?]+(?<a>\\(\\)+)',
  ])
    t.ok(isQuick(text), text)
  const slow = '(?:ab|ab)* (a+)+ (a){2,3} (?<a>.+)\\k<a> (.)\\1 (?=a)a (?<!a)a (?i:a) .+.+.+'.split(' ')
  for (const text of [...slow, 'a{1,99}'.repeat(5), 'a?'.repeat(20)]) t.notOk(isQuick(text), text)
})
