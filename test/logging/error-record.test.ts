import { Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { createLogger } from '../../src/logging/logger.ts'
import { testApp } from '../support/test-app.ts'

const checkout = fileURLToPath(new URL('../..', import.meta.url))

/** What is logged of an error. */
function logged(error: unknown): string {
  let line = ''
  const output = new Writable({
    write(chunk, _encoding, done) {
      line += chunk
      done()
    },
  })
  createLogger('info', output).error({ err: error }, 'text')
  return line
}

/** An error with frames as they are on another machine. */
function elsewhere(message: string, more?: ErrorOptions): Error {
  const error = new Error(message, more)
  error.stack = [
    `Error: ${message}`,
    '    at find (/canary-home/anna/my (old) app/node_modules/pg/lib/client.js:10:5)',
    '    at async file:///canary-home/anna/objects/crm.mjs:3:1',
    '    at /canary-home/anna/plain.js:4:2',
    '    at eval (eval at run (/canary-home/anna/evil.js:7:7), <anonymous>:1:1)',
    '    at node:internal/process/task_queues:105:5',
  ].join('\n')
  return error
}

t.test('however long a message is, and whatever it holds, it is logged at once', async t => {
  for (const text of ['\n', ' ', '\n    at ', '    at (', ' at /'])
    t.match(logged(new Error(text.repeat(1_000_000 / text.length))), /"err":/)
})

t.test('no stack in the log has a folder of this machine, in no cause and no part of an error', async t => {
  const inner = elsewhere('the cause')
  const errors = [
    new Error('ours'),
    new Error('ours', { cause: new Error('ours too', { cause: inner }) }),
    elsewhere('theirs', { cause: inner }),
    new AggregateError([new Error('ours'), new AggregateError([inner])]),
    Object.assign(new Error('with a field'), { original: inner }),
  ]
  for (const error of errors) {
    const line = logged(error)
    t.notMatch(line, checkout)
    t.notMatch(line, 'canary-home')
    t.match(line, / at [^"]*(test\/logging\/error-record\.test\.ts|plain\.js):\d+:\d+/, 'the file and its line stay')
  }
  const { stack } = JSON.parse(logged(errors[2])).err as { stack: string }
  t.equal(
    stack.split('\ncaused by: ')[1],
    [
      'Error: the cause',
      '    at find (node_modules/pg/lib/client.js:10:5)',
      '    at async crm.mjs:3:1',
      '    at plain.js:4:2',
      '    at eval (eval at run (evil.js:7:7), <anonymous>:1:1)',
      '    at node:internal/process/task_queues:105:5',
    ].join('\n'),
  )
})

t.test('what is no error is logged as it is', async t => {
  t.match(JSON.parse(logged('a text')), { err: 'a text' })
  t.match(JSON.parse(logged(undefined)), { msg: 'text' })
  t.match(JSON.parse(logged({ at: 1 })), { err: { at: 1 } })
})

t.test('a database that fails in a call is logged without a folder', async t => {
  const { app, log, prisma } = await testApp(t)
  await prisma.$executeRawUnsafe('DROP TABLE "link" CASCADE')
  const answer = await app.inject({ method: 'DELETE', url: '/crm/links?issueKey=TEST-1&remoteKey=1' })
  t.ok(answer.statusCode >= 500)
  t.ok(log.some(({ err }) => err))
  t.notMatch(JSON.stringify(log), checkout)
})
