import t from 'tap'
import {
  afterLiteral,
  beforeLiteral,
  compileLiteral,
  escapeEveryByte,
} from '../../../src/tracker-contract/url-template/url-literal.ts'

t.test('an escape may be written in either case, and a letter in its own only', async t => {
  const literal = compileLiteral('/Договор/', 'path')
  for (const address of ['/Договор/', encodeURI('/Договор/'), encodeURI('/Договор/').toLowerCase()]) {
    t.equal(afterLiteral(literal, `${address}1`, 0), address.length, address)
    t.equal(beforeLiteral(literal, address, address.length), 0, address)
  }
  t.equal(afterLiteral(literal, encodeURI('/договор/'), 0), -1)
  t.equal(beforeLiteral(literal, '/договор/', 9), -1)
})

t.test('every byte of a text can be escaped, letters too', async t => {
  t.equal(escapeEveryByte('a/м\t'), '%61%2F%D0%BC%09')
})
