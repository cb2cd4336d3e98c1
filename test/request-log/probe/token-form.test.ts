import t from 'tap'
import { tokenForm } from '../../../src/request-log/probe/token-form.ts'

const of = (value: string) => tokenForm({ authorization: value }, 'authorization')

t.test('of a token its alphabet is told, of which every character is', async t => {
  for (const [token, alphabet] of [
    ['0123456789', 'digits'],
    ['x0123456789', 'letters and digits'],
    ['0123456789x', 'letters and digits'],
    ['0123abcDEF', 'hex digits'],
    ['-0123abcDEF', 'letters, digits, - and _'],
    ['0123abcDEF_', 'letters, digits, - and _'],
    ['Canary0z', 'letters and digits'],
    ['.Canary0z', 'letters, digits and ._~+/=-'],
    ['Canary0z=', 'letters, digits and ._~+/=-'],
    ['Canary-0z~', 'letters, digits and ._~+/=-'],
    ['!Canary.0z', 'other characters as well'],
    ['Canary.0z!', 'other characters as well'],
  ] as const)
    t.match(tokenForm({ authorization: `OAuth ${token}` }, 'Authorization'), { alphabet, length: token.length }, token)
})

t.test('a scheme is told if it is well known, else only whether there is one', async t => {
  t.match(of('oauth y0_canary'), { header: 'authorization', scheme: 'oauth', length: 9, prefix: 'y0_' })
  t.match(of('  Bearer   t1.canary '), { scheme: 'Bearer', length: 9, prefix: 't1.' })
  t.match(of('canary'), { scheme: 'none', length: 6, prefix: undefined })
  t.match(of('Canary canary'), { scheme: 'unknown', length: 13 })
  t.equal(of(' '), undefined)
  t.match(tokenForm({ 'x-token': 'canary-0123456789-0123456789' }, 'authorization'), { header: 'x-token' })
})
