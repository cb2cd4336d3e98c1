import { Writable } from 'node:stream'
import t from 'tap'
import { type AnsweredCall, createCallLog } from '../../src/logging/call-log.ts'
import { createLogger } from '../../src/logging/logger.ts'

const base: AnsweredCall = { requestId: 'req-1f', method: 'GET', status: 200, ms: 0 }

t.test('a call is logged word for word as pino logs it', async t => {
  const lines: string[] = []
  const output = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk))
      done()
    },
  })
  const log = createLogger('info', output)
  const logCall = createCallLog(log)
  for (const call of [
    base,
    { ...base, application: 'ru.example.crm' },
    { requestId: 'a-1', callerRequestId: 'a"\\,b', method: 'GET', status: 200, ms: 0, application: 'crm' },
    { ...base, application: 'crm', call: 'entityInfo', remoteKey: 'D "1"\n', code: 'object-unknown' },
    { ...base, application: 'crm', call: 'removeLink', issueKey: 'TEST-7', remoteKey: 'ключ/1' },
    { ...base, application: 'crm', actor: { kind: 'user', login: 'a "quoted" one', uid: 9_007_199_254_740_993n } },
  ]) {
    lines.length = 0
    logCall(call)
    log.info(call, 'answered')
    const [ours = '', theirs] = lines.map(line => line.replace(/"time":"[\d:.TZ-]+"/, '"time":"now"'))
    t.equal(ours, theirs)
    t.match(JSON.parse(ours), { level: 'info', time: 'now', status: 200, msg: 'answered' })
  }
  log.level = 'warn'
  lines.length = 0
  logCall(base)
  t.same(lines, [], 'and not at all where the level says so')
})

t.test('a key is bounded, and ends no line for whatever reads the log', async t => {
  const lines: string[] = []
  const output = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk))
      done()
    },
  })
  const logCall = createCallLog(createLogger('info', output))
  for (const remoteKey of ['a\u2028b\u2029c\u0085d\u007f"\\', 'x'.repeat(255), `${'x'.repeat(127)}😀`]) {
    lines.length = 0
    logCall({ ...base, remoteKey })
    t.notMatch(lines[0], /[\u2028\u2029\u0085\u007f]/)
    const { remoteKey: read } = JSON.parse(lines[0] as string) as { remoteKey: string }
    t.equal(read, remoteKey.length > 128 ? `${remoteKey.slice(0, 128)}…` : remoteKey)
  }
})
