import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import t, { type Test } from 'tap'
import { clusterPaths } from '../../../../src/storage/database/embedded-postgres/cluster-paths.ts'
import { stopPostmaster } from '../../../../src/storage/database/embedded-postgres/stop-postmaster.ts'
import { storageProcess, usedDataFolder } from '../../../support/storage-process.ts'

t.test('PostgreSQL is asked to stop fast: sessions are ended, and nothing has to be recovered', async t => {
  const dataDirectory = await usedDataFolder(t)
  const program = storageProcess(t, { dataDirectory })
  await program.next()
  t.strictSame(await program.close(), { closed: true })
  const log = await readFile(join(dataDirectory, 'postgres', 'log'), 'utf8')
  t.match(log, /received fast shutdown request/)
  t.match(log, /database system is shut down\n$/)
})

/** A program that its command line shows as the Postgres of this cluster. It tells each signal, and ends at the last one only. */
function playedPostmaster(t: Test, { endsAt }: { endsAt: 'SIGINT' | 'SIGQUIT' | 'SIGKILL' }) {
  const paths = clusterPaths(t.testdir())
  const child = spawn(process.execPath, ['-e', stubborn, endsAt, '-D', paths.cluster], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.teardown(() => child.kill('SIGKILL'))
  return { paths, child, lines: createInterface({ input: child.stdout })[Symbol.asyncIterator]() }
}

const stubborn = `
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGQUIT', 'SIGHUP'])
    process.on(signal, () => {
      if (signal === process.argv[1]) process.exit()
      console.log(signal)
    })
  // Long after the test, whatever becomes of that.
  setTimeout(() => process.exit(), 60_000)
  console.log('ready')`

t.test('one that does not stop is told so more and more firmly, each time after its wait', async t => {
  const clock = movableClock(t)
  for (const endsAt of ['SIGINT', 'SIGQUIT', 'SIGKILL'] as const) {
    const { paths, child, lines } = playedPostmaster(t, { endsAt })
    t.same(await lines.next(), { done: false, value: 'ready' })
    const exit = once(child, 'exit')
    const stopped = stopPostmaster(paths, pidOf(child))
    for (const { signal, waitMs } of [
      { signal: 'SIGINT', waitMs: 15_000 },
      { signal: 'SIGQUIT', waitMs: 5_000 },
    ]) {
      if (signal === endsAt) break
      t.same(await lines.next(), { done: false, value: signal })
      clock.forward(waitMs)
    }
    await stopped
    t.same(await exit, endsAt === 'SIGKILL' ? [null, 'SIGKILL'] : [0, null], `${endsAt} ended it`)
    t.same(await lines.next(), { done: true, value: undefined }, 'and no further signal came before')
  }
})

t.test('a process that is not the Postgres of this cluster gets no signal', async t => {
  const { child, lines } = playedPostmaster(t, { endsAt: 'SIGINT' })
  await lines.next()
  await stopPostmaster(clusterPaths('/of-another-cluster'), pidOf(child))
  t.equal(child.exitCode, null)
  child.kill('SIGTERM')
  t.same(await lines.next(), { done: false, value: 'SIGTERM' }, 'the first that it hears of')
})

const pidOf = (child: ChildProcess): number => child.pid as number

/** The monotonic clock of this process, which a test sets forward. */
function movableClock(t: Pick<Test, 'teardown'>) {
  const real = performance.now.bind(performance)
  let ahead = 0
  performance.now = () => real() + ahead
  t.teardown(() => {
    performance.now = real
  })
  return {
    forward(milliseconds: number) {
      ahead += milliseconds
    },
  }
}
