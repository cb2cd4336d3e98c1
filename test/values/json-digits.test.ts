import { deepStrictEqual } from 'node:assert/strict'
import * as fc from 'fast-check'
import t from 'tap'
import { type Digits, exactNumber, readJson, withDigits } from '../../src/values/json-digits.ts'

t.test('each way of reading keeps the digits that it names', async t => {
  const text =
    '{"long":9007199254740993,"list":[9007199254740993,5,1.50],"short":5,"real":1.50,"text":"9007199254740993"}'
  const long = '9007199254740993'
  const expected: Record<Digits, unknown> = {
    all: { long, list: [long, '5', '1.50'], short: '5', real: '1.50', text: long },
    beyondSafe: { long, list: [long, 5, 1.5], short: 5, real: 1.5, text: long },
    inArrays: { long: Number(long), list: [long, '5', 1.5], short: 5, real: 1.5, text: long },
    asBigint: {
      long: 9007199254740993n,
      list: [9007199254740993n, 5n, Number.NaN],
      short: 5n,
      real: Number.NaN,
      text: long,
    },
  }
  for (const [digits, value] of Object.entries(expected)) t.strictSame(readJson(text, digits as Digits), value, digits)
})

t.test('what is not JSON is refused, long invalid numbers too', async t => {
  for (const text of ['', '{', '[1,]', '00000000000000000007', '-', '12345678901234567890x', '[1234567890123456789.]'])
    for (const digits of ['all', 'beyondSafe', 'inArrays', 'asBigint'] as const)
      t.throws(() => readJson(text, digits), SyntaxError, `${digits} ${text}`)
})

const reviver = (_name: string, value: unknown, { source = '' }: { source?: string }) =>
  typeof value === 'number' && !Number.isSafeInteger(value) && /^-?\d+$/.test(source) ? source : value

t.test('long whole numbers become strings wherever they stand, and nothing else changes', async t => {
  const property = fc.property(fc.json(), fc.bigInt(), (json, number) => {
    const text = `{"a":${json},"${number}":${number},"b":[${number},"${number}, \\" ${number}"]}`
    deepStrictEqual(readJson(text, 'beyondSafe'), JSON.parse(text, reviver))
  })
  t.doesNotThrow(() => fc.assert(property, { numRuns: 300 }))
})

t.test('a bigint is written with every digit', async t => {
  t.equal(JSON.stringify({ uid: exactNumber(9223372036854775807n) }), '{"uid":9223372036854775807}')
  t.equal(
    JSON.stringify({ uid: -9223372036854775808n, a: [1n, 'x', 2] }, withDigits),
    '{"uid":-9223372036854775808,"a":[1,"x",2]}',
  )
})
