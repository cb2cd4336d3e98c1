import { readdirSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { clusterPaths } from '../../../../src/storage/database/embedded-postgres/cluster-paths.ts'
import { findBinaries } from '../../../../src/storage/database/embedded-postgres/find-binaries.ts'
import { readLastWords } from '../../../../src/storage/database/embedded-postgres/last-words.ts'
import { isPostmasterOf } from '../../../../src/storage/database/embedded-postgres/postmaster-file.ts'
import { findProcessUser } from '../../../../src/storage/database/embedded-postgres/process-user.ts'
import { runPostmaster } from '../../../../src/storage/database/embedded-postgres/run-postmaster.ts'
import { openStorage } from '../../../../src/storage/open-storage.ts'
import { dataFolder, postgresOf, storageProcess, usedDataFolder } from '../../../support/storage-process.ts'
import { until } from '../../../support/until.ts'

const insert = (key: string) =>
  `INSERT INTO link (application_id, issue_key, remote_key) VALUES ('demo', 'TEST-1', '${key}') RETURNING remote_key`
const links = 'SELECT remote_key FROM link ORDER BY remote_key'

t.test('what was written before a kill -9 of the program is there at the next start', async t => {
  const dataDirectory = await usedDataFolder(t)
  const first = storageProcess(t, { dataDirectory })
  t.match(await first.next(), { open: /^embedded PostgreSQL 18/ })
  t.strictSame(await first.sql(insert('a')), { rows: [{ remote_key: 'a' }] })
  await first.kill()

  const second = storageProcess(t, { dataDirectory })
  t.match(await second.next(), { open: String })
  t.strictSame(await second.sql(links), { rows: [{ remote_key: 'a' }] })
  t.strictSame(await second.close(), { closed: true })
})

t.test('a kill -9 of the program and of PostgreSQL at once loses nothing either', async t => {
  const dataDirectory = await usedDataFolder(t)
  const first = storageProcess(t, { dataDirectory })
  await first.next()
  await first.sql(insert('a'))
  process.kill(await postgresOf(dataDirectory), 'SIGKILL')
  await first.kill()

  const second = storageProcess(t, { dataDirectory })
  t.match(await second.next(), { open: String })
  t.strictSame(await second.sql(links), { rows: [{ remote_key: 'a' }] })
})

t.test('a PostgreSQL that died is started again, however often, and the program goes on', async t => {
  const dataDirectory = await usedDataFolder(t)
  const program = storageProcess(t, { dataDirectory })
  await program.next()
  await program.sql(insert('a'))
  for (const death of ['first', 'second']) {
    const before = await postgresOf(dataDirectory)
    process.kill(before, 'SIGKILL')
    // Its children may still answer for a moment.
    await until(async () => (await postgresOf(dataDirectory).catch(() => before)) !== before)
    const answer = await until(async () => {
      const line = await program.sql(links)
      return line.rows && line
    })
    t.strictSame(answer, { rows: [{ remote_key: 'a' }] }, death)
  }
  t.equal(program.logged.filter(text => text === 'PostgreSQL died: starting it again').length, 2)
  t.strictSame(await program.close(), { closed: true })
})

t.test('when PostgreSQL dies and cannot start again, its own last words are told', async t => {
  const dataDirectory = await usedDataFolder(t)
  const deaths: { lastWords?: string[] }[] = []
  const log = {
    info: () => {},
    warn: () => {},
    error: (fields: unknown, message?: string) => {
      if (message?.startsWith('PostgreSQL died')) deaths.push(fields as { lastWords?: string[] })
    },
  }
  const storage = await openStorage({ dataDirectory, log, mustOwn: true })
  t.teardown(() => storage.close())
  t.match(await storage.readiness(), { ready: true })
  const settings = join(dataDirectory, 'postgres', 'cluster', 'postgresql.auto.conf')
  const before = await readFile(settings, 'utf8')
  await writeFile(settings, `${before}\nno_such_setting = 1\n`)
  process.kill(await postgresOf(dataDirectory), 'SIGKILL')
  const told = await until(async () => {
    const { reason } = await storage.readiness()
    return reason?.hint.includes('no_such_setting') && reason
  })
  t.match(told, {
    message: /^embedded PostgreSQL 18.*accepts no connections/,
    hint: /starts it again.*postgres\/log.*Its last words: PostgreSQL did not start\. .*no_such_setting/s,
  })
  await writeFile(settings, before)
  await until(async () => (await storage.readiness()).ready)
  t.equal(deaths.length, 1)
  t.match(deaths[0]?.lastWords?.join(' '), /database system is ready to accept connections/)
})

t.test('of a long log only the end is told', async t => {
  const lines = Array.from({ length: 5_000 }, (_, index) => `line ${index} ${'x'.repeat(index === 4_999 ? 9_000 : 10)}`)
  const log = join(t.testdir({ log: `${lines.join('\n')}\nPANIC:  no space\n` }), 'log')
  const words = await readLastWords(log)
  t.equal(words.length, 10)
  t.equal(words.at(-1), 'PANIC:  no space')
  t.equal(words.at(-2)?.length, 500)
  t.strictSame(await readLastWords(`${log}.none`), [])
})

t.test('a kill at any moment of the first start leaves nothing that stops the next one', async t => {
  const moments: [string, (folder: string) => boolean][] = [
    ['before the files are made', folder => names(folder).includes('postgres')],
    [
      'while the password is written',
      folder => names(join(folder, 'postgres')).some(name => name.startsWith('secret')),
    ],
    ['when the making of files has begun', folder => names(join(folder, 'postgres')).some(isUnfinished)],
    [
      'amidst the making of files',
      folder => {
        const unfinished = names(join(folder, 'postgres')).find(isUnfinished)
        return unfinished !== undefined && names(join(folder, 'postgres', unfinished, 'base', '1')).length > 100
      },
    ],
    ['when the files are made', folder => names(join(folder, 'postgres')).includes('cluster')],
    ['when PostgreSQL starts', folder => names(join(folder, 'postgres', 'cluster')).includes('postmaster.pid')],
  ]
  const dataDirectory = await dataFolder(t)
  for (const [moment, isReached] of moments) {
    const killed = storageProcess(t, { dataDirectory })
    await until(() => isReached(dataDirectory))
    await killed.kill()
    t.pass(`killed ${moment}`)
  }
  const program = storageProcess(t, { dataDirectory })
  t.match(await program.next(), { open: String })
  t.strictSame(await program.sql('SHOW server_encoding'), { rows: [{ server_encoding: 'UTF8' }] })
  t.strictSame(names(join(dataDirectory, 'postgres')).filter(isUnfinished), [], 'no half-made files are left')
})

t.test('a PostgreSQL that a killed program left running is stopped and started anew', async t => {
  const dataDirectory = await usedDataFolder(t)
  const first = storageProcess(t, { dataDirectory })
  await first.next()
  await first.sql(insert('a'))
  const pid = await postgresOf(dataDirectory)
  await first.kill()
  const paths = clusterPaths(join(dataDirectory, 'postgres'))
  // Where the system can tell it to, Postgres ends with its program; here one runs on as on a system that cannot.
  await until(async () => !(await isPostmasterOf(paths, pid)))
  const binaries = await findBinaries()
  const { user } = await findProcessUser(binaries, paths.folder)
  const orphan = await runPostmaster({ binaries, paths, user, socketFolder: paths.socketFolder, settings: {} })

  const second = storageProcess(t, { dataDirectory })
  t.match(await second.next(), { open: String })
  t.not(await postgresOf(dataDirectory), orphan.pid)
  t.strictSame(await second.sql(links), { rows: [{ remote_key: 'a' }] })
})

t.test(
  'a lock file of PostgreSQL whose process number now belongs to another program does not stop a start',
  async t => {
    const dataDirectory = await usedDataFolder(t)
    const first = storageProcess(t, { dataDirectory })
    await first.next()
    const lockFile = join(dataDirectory, 'postgres', 'cluster', 'postmaster.pid')
    const text = await readFile(lockFile, 'utf8')
    await first.close()
    await writeFile(lockFile, text.replace(/^\d+/, String(process.pid)))
    const second = storageProcess(t, { dataDirectory })
    t.match(await second.next(), { open: String })
  },
)

const isUnfinished = (name: string) => name.startsWith('cluster.new')

function names(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
