import type { ChildProcess } from 'node:child_process'
import { EventEmitter } from 'node:events'
import t from 'tap'
import { ProcessGone } from '../../../../src/cli/serve/workers/channel.ts'
import {
  noteStopping,
  startFirst,
  startOthers,
  stopAll,
  type Workers,
} from '../../../../src/cli/serve/workers/keep-workers.ts'
import { type Reloading, reloadAll } from '../../../../src/cli/serve/workers/reload-all.ts'
import type { Worker } from '../../../../src/cli/serve/workers/start-worker.ts'
import { createLogger } from '../../../../src/logging/logger.ts'
import { collect } from '../../../support/test-app.ts'
import { until } from '../../../support/until.ts'

/** The process of a worker, which ends when it is told to. */
class PlayedProcess extends EventEmitter {
  exitCode: number | null = null
  signalCode: NodeJS.Signals | null = null
  pid = 1
  connected = true
  readonly signals: string[] = []
  kill(signal: string): boolean {
    this.signals.push(signal)
    return true
  }
  end(code: number): void {
    this.exitCode = code
    this.emit(code < 0 ? 'error' : 'exit', code < 0 ? new Error('spawn EAGAIN') : code)
  }
}

type Played = { worker: Worker; process: PlayedProcess; asked: string[] }

/** Workers of which each start does what `starts` says, in turn; then all are played ones that get ready. */
function played(starts: (() => void)[] = []) {
  const lines: Record<string, unknown>[] = []
  const started: Played[] = []
  const workers: Workers = {
    wanted: 2,
    log: createLogger('info', collect(lines)),
    start: () => {
      starts.shift()?.()
      const process = new PlayedProcess()
      const asked: string[] = []
      const ask = async (name: string) => void asked.push(name)
      const channel = { ask } as unknown as Worker['channel']
      const worker: Worker = {
        process: process as unknown as ChildProcess,
        channel,
        isReady: false,
        isStopping: false,
        readyAt: 0,
      }
      // Whoever waits for its end hears of a start that failed.
      process.on('error', () => {})
      started.push({ worker, process, asked })
      return worker
    },
    begin: async worker => {
      worker.isReady = true
    },
    all: new Set(),
    isStopping: false,
    stop: new AbortController(),
    failures: 0,
    replaced: 0,
    ended: () => {},
    giveUp: () => {},
  }
  return { workers, started, lines }
}

const refuse = () => {
  throw new Error('spawn ENOMEM')
}

t.test('a stop asks each worker once, and leaves one alone that is stopping already', async t => {
  const { workers, started } = played()
  await startFirst(workers)
  await startOthers(workers)
  const [stopping, other] = started as [Played, Played]
  noteStopping(workers, stopping.worker)
  await until(() => started.length === 3)
  const stopped = stopAll(workers, 0)
  t.same(stopping.process.signals, [], 'a second signal would cut its calls')
  t.notOk(stopping.asked.includes('stop'))
  t.ok(other.asked.includes('stop'))
  for (const { process } of started) process.end(0)
  await stopped
})

t.test('a start that the system refuses is tried again, and the other workers go on', async t => {
  const { workers, started, lines } = played([() => {}, refuse])
  await startFirst(workers)
  await startOthers(workers)
  t.equal(started.length, 2, 'the second time it is given')
  t.match(lines, [{ msg: 'a worker could not be started', level: 'error' }])

  // The refusal may also be told later, as an error of the process.
  started[1]?.process.end(-11)
  await until(() => started.length === 3)
  t.equal(workers.all.size, 2)
  const stopped = stopAll(workers, 0)
  for (const { process } of started) process.end(0)
  await stopped
})

const reloaded = { changed: [], notices: [], needRestart: [] }

function reload(workers: Workers, patience = 60_000) {
  const next = { config: {}, needRestart: [], logLevel: 'info' }
  const reloading = { workers, task: { settings: {} }, log: workers.log, readNext: () => next, patience }
  return reloadAll({ ...reloading, lastReload: Promise.resolve() } as unknown as Reloading)
}

/** What a worker answers from now on. */
function answer({ worker, asked }: Played, answerTo: (name: string) => unknown) {
  worker.channel.ask = (async (name: string) => {
    if (name !== 'standing') asked.push(name)
    return answerTo(name)
  }) as never
}

const givesWay = (name: string) => (name === 'serveNext' ? reloaded : undefined)

t.test('a worker that becomes ready while others prepare is given the next configuration, too', async t => {
  const { workers, started } = played()
  await startFirst(workers)
  answer(started[0] as Played, name => (name === 'prepare' ? startOthers(workers) : givesWay(name)))
  await reload(workers)
  const steps = ({ asked }: Played) => asked.filter(name => name !== 'standing')
  t.same(started.map(steps), [
    ['prepare', 'serveNext'],
    ['prepare', 'serveNext'],
  ])
})

t.test('one that became ready meanwhile and refuses it is ended, and those that prepared it serve it', async t => {
  const { workers, started, lines } = played()
  await startFirst(workers)
  answer(started[0] as Played, async name => {
    if (name !== 'prepare') return givesWay(name)
    await startOthers(workers)
    answer(started[1] as Played, () => Promise.reject(new Error('it cannot be opened')))
    return undefined
  })
  await reload(workers)
  t.same(started[1]?.process.signals, ['SIGKILL'])
  t.same(started[0]?.process.signals, [])
  t.match(lines, [{ msg: 'a worker fell behind a reload, and is ended; another takes its place', level: 'error' }])
})

t.test('one that does not answer is ended, whatever it was asked for', async t => {
  for (const silent of ['prepare', 'serveNext', 'forgetNext']) {
    const { workers, started } = played()
    await startFirst(workers)
    await startOthers(workers)
    const [hung, other] = started as [Played, Played]
    const gone = Promise.withResolvers<never>()
    hung.process.kill = signal => {
      hung.process.signals.push(signal)
      gone.reject(new ProcessGone('the process has ended'))
      return true
    }
    answer(hung, name => (name === silent ? gone.promise : givesWay(name)))
    if (silent === 'forgetNext')
      answer(other, name => (name === 'prepare' ? Promise.reject(new Error('it cannot be opened')) : undefined))
    else answer(other, givesWay)
    const outcome = reload(workers, 20)
    await (silent === 'forgetNext' ? t.rejects(outcome, { message: 'it cannot be opened' }) : outcome)
    t.same(hung.process.signals, ['SIGKILL'], silent)
  }
})

t.test('a server of many gives up after each has failed five times', async t => {
  const { workers, started } = played()
  workers.wanted = 4
  await startFirst(workers)
  await startOthers(workers)
  const gaveUp = Promise.withResolvers<number>()
  workers.giveUp = code => {
    gaveUp.resolve(code)
    void stopAll(workers, 0)
  }
  const begun = Promise.withResolvers<void>()
  workers.begin = () => begun.promise
  const { start } = workers
  workers.start = () => {
    const worker = start()
    setImmediate(() => (worker.process as unknown as PlayedProcess).end(7))
    return worker
  }
  for (const { process } of started.slice()) process.end(7)
  t.equal(await gaveUp.promise, 7)
  t.ok(started.length >= 4 + 4 * 4 - 3, `${started.length} starts, of which the first four answered`)
})
