import { errorCodes } from 'fastify'
import t from 'tap'
import { httpProblem } from '../../src/errors/http-problem.ts'

t.test('every error of Fastify below 500 keeps its status, and no other is taken for one of the caller', async t => {
  const errors = Object.values(errorCodes).map(FastifyError => new FastifyError('a', 'b', 'c'))
  t.ok(errors.filter(({ statusCode = 500 }) => statusCode < 500).length > 10)
  for (const error of errors) {
    const { statusCode = 500, code } = error
    if (statusCode < 500) t.equal(httpProblem(error)?.status, statusCode, code)
    else t.equal(httpProblem(error), undefined, code)
  }
})

t.test('what the parser of HTTP refuses is malformed', async t => {
  t.match(httpProblem(Object.assign(new Error('x'), { code: 'HPE_INVALID_METHOD' })), { code: 'request-malformed' })
  t.match(
    httpProblem(Object.assign(new Error('Premature close'), { code: 'ERR_STREAM_PREMATURE_CLOSE' })),
    { code: 'request-malformed' },
    'a caller who goes in the middle of a body is no failure of ours',
  )
  t.equal(httpProblem(new Error('x')), undefined)
})

t.test('what Node refuses before there is a request has the code of its cause', async t => {
  for (const [cause, code, status] of [
    ['HPE_HEADER_OVERFLOW', 'headers-too-large', 431],
    ['ERR_HTTP_REQUEST_TIMEOUT', 'request-timeout', 408],
    ['ECONNRESET', 'request-malformed', 400],
  ] as const)
    t.match(httpProblem(Object.assign(new Error('x'), { code: cause })), { code, status }, cause)
})
