import t from 'tap'
import { errorCode } from '../../src/errors/error-code.ts'

const withCode = (code: unknown) => Object.assign(new TypeError('canary-answer'), { code })

t.test('an error is named by its code, else by its name, never by its message', async t => {
  t.equal(errorCode(withCode('ECONNREFUSED')), 'ECONNREFUSED')
  t.equal(errorCode(withCode(20)), 'TypeError')
  t.equal(errorCode(new Error('canary-answer')), 'Error')
  t.equal(errorCode('canary-answer'), 'unknown')
})
