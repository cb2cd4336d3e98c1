import { mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { claimDataFolder, holdsSomething } from '../../../../src/storage/database/opening/data-folder.ts'
import { openStorage } from '../../../../src/storage/open-storage.ts'
import { dataFolder, storageProcess, usedDataFolder } from '../../../support/storage-process.ts'
import { until } from '../../../support/until.ts'

const silent = { info: () => {}, warn: () => {}, error: () => {} }

t.test('a command beside a server uses the PostgreSQL of the server, which goes on afterwards', async t => {
  const dataDirectory = await usedDataFolder(t)
  const server = storageProcess(t, { dataDirectory, mustOwn: true })
  await server.next()
  const command = storageProcess(t, { dataDirectory })
  t.match(await command.next(), { open: /run by another process$/ })
  await command.sql("INSERT INTO link VALUES ('demo', 'TEST-1', 'a')")
  t.strictSame(await command.close(), { closed: true })
  t.strictSame(await server.sql('SELECT remote_key FROM link'), { rows: [{ remote_key: 'a' }] })
})

t.test('two servers never share a data folder: the second begins when the first has ended', async t => {
  const dataDirectory = await usedDataFolder(t)
  const first = storageProcess(t, { dataDirectory, mustOwn: true })
  await first.next()
  const second = storageProcess(t, { dataDirectory, mustOwn: true })
  const opened = second.next()
  t.strictSame(await first.sql('SELECT 1 AS alive'), { rows: [{ alive: 1 }] })
  t.strictSame(await first.close(), { closed: true })
  t.match(await opened, { open: /^embedded PostgreSQL 18/ })
})

t.test(
  'of commands that begin at the same moment each does its work, and the last one leaves nothing running',
  async t => {
    const dataDirectory = await usedDataFolder(t)
    const commands = Array.from({ length: 4 }, () => storageProcess(t, { dataDirectory }))
    const opened = await Promise.all(commands.map(command => command.next()))
    t.equal(
      opened.filter(line => line.open?.startsWith('embedded PostgreSQL 18')).length,
      1,
      'one of them runs PostgreSQL',
    )
    const closed = commands.map(async (command, index) => {
      // The one that runs PostgreSQL is asked to close with the others still at work.
      if (opened[index]?.open?.startsWith('embedded PostgreSQL 18')) return await command.close()
      t.match(await command.sql(`INSERT INTO link VALUES ('demo', 'TEST-1', 'key ${index}') RETURNING remote_key`), {
        rows: [{ remote_key: `key ${index}` }],
      })
      return await command.close()
    })
    for (const line of await Promise.all(closed)) t.strictSame(line, { closed: true })
    const left = await readdir(join(dataDirectory, 'postgres', 'cluster'))
    t.notOk(left.includes('postmaster.pid'))
  },
)

t.test('where nothing may be made nothing is, whether a folder, its locks or a database', async t => {
  const folder = await dataFolder(t)
  const open = (dataDirectory: string) => openStorage({ dataDirectory, log: silent, migrations: 'check' })
  await t.rejects(open(join(folder, 'none')), {
    code: 'data-folder-missing',
    message: `There is no database in ${folder}/none`,
  })
  t.same(await readdir(folder), [])

  // A server that begins its first start, and does not come to a database.
  const owner = await claimDataFolder(folder, { mustOwn: true, log: silent, longestWait: 100 })
  const waiting = t.rejects(open(folder), { code: 'data-folder-missing' })
  await owner.release()
  await waiting
  t.notOk((await readdir(folder)).includes('postgres'))
})

t.test('who waits in vain for the data folder is told the process that has it', async t => {
  const folder = await dataFolder(t)
  const owner = await claimDataFolder(folder, { mustOwn: true, log: silent, longestWait: 100 })
  for (const mustOwn of [true, false])
    await t.rejects(claimDataFolder(folder, { mustOwn, log: silent, longestWait: 100 }), {
      code: 'data-folder-in-use',
      message: new RegExp(`belongs to another process, ${process.pid}, .*Stop that process, or set DATA_DIR`),
    })
  await owner.release()
  const next = await claimDataFolder(folder, { mustOwn: true, log: silent, longestWait: 100 })
  t.equal(next.role, 'owner')
  await next.release()
})

t.test('an owner waits for its guests before it goes', async t => {
  const folder = await dataFolder(t)
  const owner = await claimDataFolder(folder, { mustOwn: true, log: silent, longestWait: 100 })
  if (owner.role !== 'owner') throw new Error('nobody else has it')
  await owner.admitGuests()
  const guest = await claimDataFolder(folder, { mustOwn: false, log: silent, longestWait: 100 })
  t.equal(guest.role, 'guest')
  let guestIsThere = true
  const waited = owner.awaitGuests(60_000).then(() => t.notOk(guestIsThere))
  const note = () => readFile(join(folder, 'owner.json'), 'utf8')
  await until(async () => !JSON.parse(await note()).admitsGuests)
  await t.rejects(claimDataFolder(folder, { mustOwn: false, log: silent, longestWait: 100 }), 'no more guests come in')
  guestIsThere = false
  await guest.release()
  await waited
  await owner.release()
})

t.test('a data folder that cannot be one is told in words', async t => {
  const folder = await dataFolder(t)
  await writeFile(join(folder, 'a file'), '')
  await t.rejects(claimDataFolder(join(folder, 'a file', 'data'), { mustOwn: true, log: silent }), {
    code: 'data-folder-unusable',
    message: /cannot be used: E[A-Z]+.*set DATA_DIR to another folder/,
  })
})

t.test('a data folder may be given as a link, and with a path too long for a socket', async t => {
  const folder = await dataFolder(t)
  const long = join(folder, 'a name with spaces'.repeat(6))
  await mkdir(long)
  await symlink(long, join(folder, 'short'))
  const server = storageProcess(t, { dataDirectory: long })
  t.match(await server.next(), { open: String })
  const command = storageProcess(t, { dataDirectory: join(folder, 'short') })
  t.match(await command.next(), { open: String })
  t.strictSame(await command.close(), { closed: true })

  const [{ socket } = { socket: '' }] =
    (await server.sql(`SELECT current_setting('unix_socket_directories') AS socket`)).rows ?? []
  t.equal((await stat(String(socket))).mode & 0o777, 0o700, 'the folder elsewhere is closed to others')
  t.strictSame(await server.close(), { closed: true })
  await t.rejects(stat(String(socket)), { code: 'ENOENT' }, 'and it does not stay')
})

t.test('a folder whose database is being made holds something already', async t => {
  const folder = await dataFolder(t)
  t.notOk(await holdsSomething(folder))
  const claim = await claimDataFolder(folder, { mustOwn: true, log: silent })
  t.notOk((await readdir(folder)).includes('postgres'))
  t.ok(await holdsSomething(folder))
  await claim.release()
})
