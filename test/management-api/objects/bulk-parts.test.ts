import { once } from 'node:events'
import { readdirSync, readlinkSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { PassThrough } from 'node:stream'
import { setImmediate as nextTurn } from 'node:timers/promises'
import t from 'tap'
import { answerSpool } from '../../../src/management-api/objects/bulk/answer-spool.ts'
import { pushLines } from '../../../src/management-api/objects/bulk/push-lines.ts'
import type { PutMany, PutOutcome } from '../../../src/management-api/objects/bulk/put-with-retry.ts'
import { until } from '../../support/until.ts'

t.test('answers wait for a reader who comes late, without memory and without a file that stays', async t => {
  const { readable, write, end } = answerSpool()
  const texts = Array.from({ length: 300 }, (_, n) => `${n} ${'x'.repeat(10_000)}\n`)
  for (const text of texts) await write(text)
  t.equal(readdirSync(tmpdir()).filter(name => name.startsWith('tracker-links-answers-')).length, 0)
  let got = ''
  readable.setEncoding('utf8').on('data', text => {
    got += text
  })
  // What comes while the file is being read, and after it was.
  for (const text of texts.slice(0, 50)) await write(text)
  while (got.length < texts.join('').length) await nextTurn()
  for (const text of texts.slice(0, 50)) await write(text)
  end()
  await once(readable, 'end')
  t.ok(got === [...texts, ...texts.slice(0, 50), ...texts.slice(0, 50)].join(''), 'everything, in its order')
})

t.test('answers that nobody reads are dropped', async t => {
  const { readable, write, end } = answerSpool()
  await write('x'.repeat(1_000_000))
  await write('y'.repeat(1_000_000))
  readable.destroy()
  await once(readable, 'close')
  await write('z')
  end()
  t.pass('nothing is thrown')
})

t.test('a file of answers does not outgrow its limit, whether they are read slowly or not at all', async t => {
  const fileBytes = 1_000_000
  const text = `${'x'.repeat(99_999)}\n`
  await t.test('slowly', async t => {
    const { readable, write, end } = answerSpool({ fileBytes, patience: 60_000 })
    let got = 0
    readable.on('data', piece => {
      got += piece.length
      readable.pause()
      setImmediate(() => readable.resume())
    })
    let largest = 0
    for (let n = 0; n < 100; n++) {
      t.equal(await write(text), true)
      largest = Math.max(largest, fileSize())
    }
    end()
    await once(readable, 'end')
    t.equal(got, 100 * text.length)
    t.ok(largest <= fileBytes + text.length, `${largest}`)
    await until(() => fileSize() === 0)
  })
  await t.test('not at all', async t => {
    const { readable, write, end } = answerSpool({ fileBytes, patience: 1 })
    let written = 1
    while (await write(text)) written++
    t.ok(written < 20, `${written}`)
    t.equal(await write('the summary\n'), false, 'nobody waits any more')
    end()
    let got = ''
    for await (const piece of readable.setEncoding('utf8')) got += piece
    t.ok(got.endsWith('the summary\n'))
    t.equal(got.length, written * text.length + 'the summary\n'.length, 'what was written can still be read')
  })
  await t.test('by nobody, while the server stops', async t => {
    const { write, giveUp } = answerSpool({ fileBytes, patience: 60_000 })
    for (let n = 0; n < 12; n++) await write(text)
    const waiting = write(text)
    await nextTurn()
    giveUp()
    t.equal(await waiting, false)
  })
  await t.test('by somebody who goes away', async t => {
    const { readable, write } = answerSpool({ fileBytes, patience: 60_000 })
    for (let n = 0; n < 12; n++) await write(text)
    const waiting = write(text)
    readable.destroy()
    t.equal(await waiting, true)
  })
})

/** A push whose database is played: it answers when and what the test says. */
function playedPush(put: PutMany, { stop = new AbortController(), isRead = (): boolean => true } = {}) {
  const stream = new PassThrough()
  let answer = ''
  const outcome = pushLines(stream, {
    put,
    answer: async text => {
      answer += text
      return isRead()
    },
    stop: stop.signal,
  })
  return {
    stream,
    stop,
    outcome,
    answers: () =>
      answer
        .trim()
        .split('\n')
        .filter(Boolean)
        .map(line => JSON.parse(line)),
  }
}

const lines = (from: number, to: number, key = (n: number) => `${n}`) =>
  Array.from({ length: to - from + 1 }, (_, n) => `${JSON.stringify({ key: key(from + n), summary: 's' })}\n`).join('')

t.test('a database that fails ends a push, which says what to send again', async t => {
  let batches = 0
  const { stream, outcome, answers } = playedPush(async objects =>
    ++batches === 2
      ? { failure: { code: 'database-away', detail: 'The database is away.' } }
      : { results: objects.map(() => 'created') },
  )
  stream.write(lines(1, 5_000))
  const { counts, stopped } = await outcome
  t.match(stopped, { code: 'database-away', detail: 'The database is away.' })
  const told = answers()
  t.same(
    told.map(({ line }) => line),
    told.map((_, index) => index + 1),
    'every line before resumeAtLine is answered',
  )
  t.equal(stopped?.resumeAtLine, told.length + 1)
  t.ok(told.length < 5_000)
  t.equal(counts.failed, told.filter(({ result }) => result === 'failed').length)
  t.ok(counts.failed > 0 && counts.accepted > 0)
})

t.test('a caller who does not read its answers is told from which line on to send again', async t => {
  let batches = 0
  const { stream, outcome, answers } = playedPush(
    async objects => {
      batches++
      return { results: objects.map(() => 'created') }
    },
    { isRead: () => batches < 3 },
  )
  stream.write(lines(1, 5_000))
  const { counts, stopped } = await outcome
  t.match(stopped, { code: 'answers-unread' })
  t.equal(answers().length, counts.lines)
  t.equal(stopped?.resumeAtLine, counts.lines + 1)
  t.ok(counts.lines < 2_000, 'the rest was not taken')
})

t.test('a server that stops ends a push in the same way, even if no line comes', async t => {
  const { stream, stop, outcome, answers } = playedPush(async objects => ({ results: objects.map(() => 'changed') }))
  stream.write(lines(1, 3))
  while (answers().length < 3) await nextTurn()
  t.pass('lines are stored and answered although the stream goes on')
  stop.abort()
  t.match(await outcome, { counts: { accepted: 3 }, stopped: { code: 'server-stopping', resumeAtLine: 4 } })
  const ended = playedPush(async () => ({ results: ['created'] }))
  ended.stream.end(lines(1, 1))
  const { stopped } = await ended.outcome
  ended.stop.abort()
  t.equal(stopped, undefined)
})

t.test('a stream that breaks off ends a push once what was begun is stored', async t => {
  let stored = 0
  const { stream, outcome } = playedPush(async objects => {
    await nextTurn()
    stored += objects.length
    return { results: objects.map(() => 'created') }
  })
  stream.write(lines(1, 2_000))
  stream.on('error', () => {})
  await until(async () => stored > 0)
  stream.destroy(new Error('gone'))
  await t.rejects(outcome, /gone/)
})

t.test('two batches are in the database at once, but never two with the same key', async t => {
  const under = new Map<string, number>()
  let [most, atOnce, order] = [0, 0, 0]
  const put: PutMany = async (objects): Promise<PutOutcome> => {
    most = Math.max(most, ++atOnce)
    for (const { key, sequence } of objects) {
      if (under.has(key)) t.fail(`${key} is under way twice`)
      under.set(key, 1)
      if (key === 'hot') {
        if (Number(sequence) < order) t.fail('out of order')
        order = Number(sequence)
      }
    }
    for (let turn = 0; turn < 5; turn++) await nextTurn()
    for (const { key } of objects) under.delete(key)
    atOnce--
    return { results: objects.map(() => 'created') }
  }
  const { stream, outcome } = playedPush(put)
  for (let n = 0; n < 2_000; n++) {
    const key = n < 1_000 && n % 100 === 0 ? 'hot' : `cold ${n}`
    stream.write(`${JSON.stringify({ key, summary: 's', sequence: n })}\n`)
  }
  stream.end()
  t.equal((await outcome).counts.accepted, 2_000)
  t.equal(most, 2)
})

/** Bytes in the file of answers of this process. */
function fileSize(): number {
  const names = readdirSync('/proc/self/fd').map(name => `/proc/self/fd/${name}`)
  const link = names.find(name => readLink(name).includes('tracker-links-answers-'))
  return link === undefined ? 0 : statSync(link).size
}

/** What a name in /proc/self/fd leads to: the one of the list itself is gone. */
function readLink(name: string): string {
  try {
    return readlinkSync(name)
  } catch {
    return ''
  }
}
