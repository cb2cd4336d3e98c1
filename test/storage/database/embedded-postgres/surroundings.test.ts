import { chmodSync, chownSync, mkdirSync, statSync } from 'node:fs'
import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import {
  dataFolder,
  postgresOf,
  processField,
  type StorageProcess,
  storageProcess,
  usedDataFolder,
} from '../../../support/storage-process.ts'

const isRoot = process.getuid?.() === 0
const nobody = { uid: 65_534, gid: 65_534 }

t.test('text is UTF-8 in a strange locale', async t => {
  const program = storageProcess(t, { dataDirectory: await dataFolder(t) }, { env: { LC_ALL: 'ru_RU.KOI8-R' } })
  t.match(await program.next(), { open: String })
  await textIsUnicode(t, program)
  t.strictSame(await program.close(), { closed: true })
})

t.test('the database is reached by its owner alone: no port, a password of its own, closed folders', async t => {
  const dataDirectory = await usedDataFolder(t)
  const program = storageProcess(t, { dataDirectory })
  await program.next()
  t.strictSame(await program.sql(`SELECT current_setting('listen_addresses') AS addresses`), {
    rows: [{ addresses: '' }],
  })
  t.match(
    await program.sql('SELECT DISTINCT auth_method FROM pg_hba_file_rules'),
    { rows: [{ auth_method: 'scram-sha-256' }] },
    'nobody is let in without the password',
  )
  const at = (name: string) => join(dataDirectory, 'postgres', name)
  t.match(await readFile(at('secret'), 'utf8'), /^[\w-]{43}$/)
  const modes = await Promise.all(
    ['', 'secret', 'log', 'socket', 'cluster'].map(async name => (await stat(at(name))).mode & 0o777),
  )
  t.strictSame(modes, [0o700, 0o600, 0o600, 0o700, 0o700])
  t.not(
    processField(await postgresOf(dataDirectory), 'pgid'),
    processField(program.child.pid, 'pgid'),
    'Ctrl-C at a terminal, which every process of a group gets, does not reach PostgreSQL',
  )
})

t.test('files of another version of PostgreSQL are left alone and told', async t => {
  const dataDirectory = await usedDataFolder(t)
  await writeFile(join(dataDirectory, 'postgres', 'cluster', 'PG_VERSION'), '17\n')
  const program = storageProcess(t, { dataDirectory })
  t.match(await program.next(), {
    fault: 'postgres-start-failed',
    message: /was written by PostgreSQL 17, and this program comes with PostgreSQL 18: .*pg_dump/,
  })
})

t.test('where user namespaces are refused, root has PostgreSQL run by somebody else, or says what to do', async t => {
  // As an ordinary user this is a start like any other. A `PATH` without unshare stands for a system that refuses it.
  const folder = await dataFolder(t)
  chmodSync(folder, 0o755)
  const dataDirectory = join(folder, 'data')
  const program = storageProcess(t, { dataDirectory }, { env: { PATH: '/nowhere' } })
  const line = await program.next()
  if (line.fault === undefined) {
    t.match(line, { open: String })
    t.equal(processField(await postgresOf(dataDirectory), 'uid'), isRoot ? nobody.uid : process.getuid?.())
    t.strictSame(await program.close(), { closed: true })
  } else {
    // The checkout lies below a folder that only root may enter.
    t.match(line, {
      fault: 'postgres-unreachable-folder',
      message: /PostgreSQL refuses to run as root, and any other user/,
    })
  }
})

t.test('a folder that only its owner may enter is good enough for the data, and no locale for the text', async t => {
  const folder = await dataFolder(t)
  const dataDirectory = join(folder, 'closed', 'data')
  mkdirSync(join(folder, 'closed'), { mode: 0o700 })
  const program = storageProcess(t, { dataDirectory })
  t.match(await program.next(), { open: String })
  await textIsUnicode(t, program)
  t.strictSame(await program.close(), { closed: true })
})

t.test('what root starts in the folder of a user remains the property of that user', async t => {
  const folder = await dataFolder(t)
  if (isRoot) {
    chmodSync(folder, 0o755)
    mkdirSync(join(folder, 'home'))
    chownSync(join(folder, 'home'), nobody.uid, nobody.gid)
  } else mkdirSync(join(folder, 'home'))
  const dataDirectory = join(folder, 'home', 'data')
  const asRoot = storageProcess(t, { dataDirectory })
  const line = await asRoot.next()
  t.match(line, { open: String })
  await asRoot.sql(`INSERT INTO link VALUES ('demo', 'TEST-1', 'a')`)
  t.strictSame(await asRoot.close(), { closed: true })
  const owner = isRoot ? nobody.uid : process.getuid?.()
  for (const name of ['.', 'owner.lock', 'owner.json', 'postgres', 'postgres/secret', 'postgres/cluster'])
    t.equal(statSync(join(dataDirectory, name)).uid, owner, name)
})

async function textIsUnicode(t: Test, program: StorageProcess): Promise<void> {
  t.match(await program.sql(`SELECT current_setting('server_encoding') AS encoding, lower('ЁЖ') AS small`), {
    rows: [{ encoding: 'UTF8', small: 'ёж' }],
  })
}
