import { Writable } from 'node:stream'
import t from 'tap'
import { inCall } from '../../src/logging/call.ts'
import { createLogger } from '../../src/logging/logger.ts'

t.test('no record has a name twice, whatever its fields are called', async t => {
  const lines: string[] = []
  const output = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk))
      done()
    },
  })
  const log = createLogger('info', output)
  inCall({ id: 'a-1', headers: { 'x-request-id': 'theirs' } }, () => {
    log.info({ pid: 7, level: 'high', time: 'noon', msg: 'other', requestId: 'a-1' }, 'text')
    log.error({ err: new Error('broken'), callerRequestId: 'theirs' }, 'text')
    log.warn('text')
  })
  for (const line of lines)
    for (const name of ['pid', 'level', 'time', 'msg', 'requestId', 'callerRequestId', 'err'])
      t.ok(line.split(`"${name}":`).length <= 2, `${name} in ${line}`)
  t.match(JSON.parse(lines[0] ?? ''), {
    pid: process.pid,
    level: 'info',
    pid_: 7,
    level_: 'high',
    time_: 'noon',
    msg_: 'other',
    msg: 'text',
    requestId: 'a-1',
  })
})
