// Commands where there is no database: none of them may make one, or answer from it.
import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { usedDataFolder } from '../../support/storage-process.ts'
import { emptyDatabase, runSql, testDatabase } from '../../support/test-database.ts'
import type { Outcome } from '../command-line.ts'
import { commandHere, commandIn, crmConfig, twoFolders } from './command-in.ts'

const run = await commandIn()

/** What `links list` says there. */
const told = async (directory: string, more: string[] = [], env: Record<string, string> = {}) =>
  (await commandHere(directory, ['links', 'list', ...more], env)).told

const lines = [
  'links list',
  'links show TEST-1 1',
  'links history',
  'links export',
  'links add TEST-1 1',
  'links remove TEST-1 1',
  'objects list',
  'objects show 1',
  'objects delete 1 --yes',
  'objects import objects.ndjson',
  'keys create --name a --scope admin',
  'keys list',
  'keys revoke abc',
].map(line => line.split(' '))

t.test('in an empty folder every command about data refuses, and makes nothing', async t => {
  const { here } = twoFolders(t, { here: { 'objects.ndjson': '{"key":"1","summary":"One"}' } })
  const refused = ({ code, out, told }: Outcome, words: string) => {
    t.same([code, out], [2, ''], words)
    t.match(told, `There is no database in ${join(here, 'data')}`, words)
  }
  for (const words of lines) refused(await commandHere(here, words), words.join(' '))
  for (const words of ['links list', 'keys create --name a --scope admin'])
    refused(await run(here, words.split(' ')), `the program itself: ${words}`)
  t.same(readdirSync(here), ['objects.ndjson'])
})

t.test('the refusal says why it looked there, what was read, and what to do', async t => {
  const { here, there } = twoFolders(t, {
    here: { '.env': 'DATA_DIR=store\n' },
    there: { 'unit.env': 'DATA_DIR=/nowhere/data\n', 'tracker-links.yaml': '{}' },
  })
  t.match(await told(here), `There is no database in ${here}/store`)
  t.match(await told(here), `DATA_DIR is set in ${here}/.env`)
  t.match(await told(here, [], { DATA_DIR: 'other' }), `There is no database in ${here}/other`)
  t.match(await told(here, [], { DATA_DIR: 'other' }), 'DATA_DIR is set in the environment')
  t.match(
    await told(here, ['--env-file', '../there/unit.env']),
    new RegExp(`in /nowhere/data\\b[\\s\\S]*DATA_DIR is set in ${there}/unit\\.env`),
  )
  const { here: empty } = twoFolders(t)
  const plain = await told(empty)
  t.match(plain, 'DATA_DIR is not set, and its default is ./data')
  t.match(plain, `no tracker-links.yaml in ${empty}`)
  t.match(plain, /tracker-links serve/)
  for (const word of ['DATA_DIR', 'DATABASE_URL', '--env-file', '--config']) t.match(plain, word)
})

t.test('a database beside the configuration is named where no server runs, and not taken', async t => {
  const { here, there } = twoFolders(t, { there: { 'tracker-links.yaml': crmConfig } })
  mkdirSync(join(there, 'data/postgres'), { recursive: true })
  const words = ['links', 'list', '--config', '../there/tracker-links.yaml']
  const { code, told } = await commandHere(here, words, { CRM_TOKEN: 'canary-Hq7wX2mK9vT4bN8sW3yF6hJ1uP5g' })
  t.equal(code, 2)
  t.match(told, `There is a database beside the configuration: set DATA_DIR to ${there}/data\n`)
})

t.test('an empty database of a server gets no tables by a command, but by migrate', async t => {
  const { url, name } = await emptyDatabase(t)
  const { here } = twoFolders(t, {
    here: { '.env': `DATABASE_URL=${url}\n`, 'objects.ndjson': '{"key":"1","summary":"1"}' },
  })
  const tables = () => runSql(url, `SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace`)
  for (const words of lines) {
    const { code, out, told } = await commandHere(here, words)
    t.same([code, out], [2, ''], words.join(' '))
    t.match(told, new RegExp(`/${name} has no tables of this program[\\s\\S]*DATABASE_URL is set in ${here}/\\.env`))
    t.notMatch(told, new URL(url).password)
  }
  t.same(await tables(), [])
  t.match(await commandHere(here, ['migrate']), { code: 0, out: /^Applied \d+_init/ })
  t.match(await commandHere(here, ['links', 'list']), { code: 0, out: /no such links/ })
})

t.test('a command changes no schema: an older one is refused, with what to do', async t => {
  const { url } = await testDatabase(t)
  await runSql(
    url,
    'DELETE FROM _prisma_migrations WHERE migration_name = (SELECT max(migration_name) FROM _prisma_migrations)',
  )
  const { here } = twoFolders(t)
  const { code, out, told } = await commandHere(here, ['links', 'list'], { DATABASE_URL: url })
  t.same([code, out], [1, ''])
  t.match(told, /The database lacks \d+_\w+: run `tracker-links migrate`/)
})

t.test('every command names its database on standard error, with --json too', async t => {
  const { url, name } = await testDatabase(t)
  const data = await usedDataFolder(t)
  const { here } = twoFolders(t)
  for (const words of [
    ['links', 'list'],
    ['keys', 'list', '--json'],
  ]) {
    const embedded = await run(here, words, { DATA_DIR: data })
    t.equal(embedded.code, 0, embedded.told)
    t.match(embedded.database, new RegExp(`^embedded PostgreSQL [\\d.]+ in ${data}$`))
    const server = await run(here, words, { DATABASE_URL: url })
    t.match(server.database, new RegExp(`^PostgreSQL at .*/${name}$`))
    t.notMatch(server.out, 'database')
    t.notMatch(server.told, new URL(url).password)
    t.match(server.told, `configuration: none in ${here}, so the sample is meant (demo)`)
  }
})

t.test('migrate makes a data folder, and commands find it afterwards', async t => {
  const { here } = twoFolders(t)
  t.match(await run(here, ['migrate']), { code: 0, out: /^Applied / })
  t.match(await run(here, ['links', 'add', 'TEST-1', '1']), { code: 0, database: new RegExp(` in ${here}/data$`) })
  t.match(await run(here, ['links', 'list']), { code: 0, out: 'TEST-1' })
})
