import { array, assert, asyncProperty, constantFrom, dictionary, letrec, oneof, tuple } from 'fast-check'
import t from 'tap'
import { compileExpression } from '../../../src/linked-objects/expressions/jsonata-expression.ts'
import { plainPath } from '../../../src/linked-objects/expressions/plain-path.ts'

const names = ['a', 'b', 'title', 'length', 'constructor', '__proto__', 'order']

const answer = letrec(tie => ({
  value: oneof(
    { depthSize: 'medium' },
    constantFrom(null, true, 0, 1.5, '', 'text'),
    array(tie('value'), { maxLength: 3 }),
    dictionary(constantFrom(...names), tie('value'), { maxKeys: 4 }),
  ),
})).value

const path = array(tuple(constantFrom(...names), constantFrom('', '', '', '[0]', '[1]', '[7]')), {
  minLength: 1,
  maxLength: 4,
}).map(steps => steps.map(([name, index]) => name + index).join('.'))

t.test('what is looked up without JSONata is what JSONata says', async t => {
  let lookedUp = 0
  const property = asyncProperty(path, answer, async (text, value) => {
    const look = plainPath(text)
    const found = look?.(JSON.parse(JSON.stringify(value)))
    if (!found) return look !== undefined
    lookedUp++
    const expected = await compileExpression(text)(JSON.parse(JSON.stringify(value)), '1')
    return JSON.stringify(found.value) === JSON.stringify(expected)
  })
  await assert(property, { numRuns: 5_000, seed: 11 })
  t.ok(lookedUp > 1_000, `${lookedUp} were looked up`)
})

t.test('an expression that is more than a path is left to JSONata', async t => {
  const others =
    'true null a.false and a.in function $ $key "a" 1 a. .a a..b * a[-1] a[b] a[0][1] a[] a.b() a/*c*/ a&b é'.split(' ')
  for (const text of [...others, '', 'a b', '`a b`']) t.equal(plainPath(text), undefined, text)
  for (const text of ['a', ' a.b\n', 'a[0].b', 'orders', 'nullable', 'truename', 'in_2', '_a'])
    t.ok(plainPath(text), text)
})
