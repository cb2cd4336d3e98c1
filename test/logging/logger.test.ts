import { Writable } from 'node:stream'
import t from 'tap'
import { inCall } from '../../src/logging/call.ts'
import { createLogger } from '../../src/logging/logger.ts'
import { collect } from '../support/test-app.ts'

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

t.test('a log without keys names no issue and no object, and tells how many there were', async t => {
  const lines: Record<string, unknown>[] = []
  const log = createLogger('info', collect(lines), { withKeys: false })
  const keys = {
    issueKey: 'CANARY-1',
    remoteKey: 'canary',
    key: 'canary',
    keys: ['canary'],
    remoteKeys: ['canary'],
    formerKey: 'canary',
    formerKeys: ['CANARY-2'],
    movedTo: 'CANARY-3',
    faults: [{ field: 'canary' }],
    links: [{ issueKey: 'CANARY-1' }],
  }
  for (const [name, value] of Object.entries(keys)) log.info({ application: 'crm', [name]: value }, name)
  log.info({ application: 'crm', formerKeys: 2, links: 3 }, 'counts')
  t.notMatch(JSON.stringify(lines), /canary/i)
  t.match(lines.at(-1), { application: 'crm', formerKeys: 2, links: 3 })
  t.equal(lines.length, Object.keys(keys).length + 1)
})
