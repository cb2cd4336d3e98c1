// A command in another folder than the server: the data is where the running server says that it is.
import { chownSync, mkdirSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import {
  asUsersStartIt,
  collectOutput,
  freePort,
  isWell,
  startProgram,
  stopProgram,
  untilAnswered,
} from '../../support/start-program.ts'
import { usedDataFolder } from '../../support/storage-process.ts'
import { commandHere, commandIn, crmConfig, twoFolders } from './command-in.ts'

const run = await commandIn()
const list = ['links', 'list']
const settings = { CRM_TOKEN: 'canary-Hq7wX2mK9vT4bN8sW3yF6hJ1uP5g' }

/** A server that is started in a folder; returns the variables that lead to its admin port. */
async function serveIn(t: Test, directory: string, env: Record<string, string>) {
  const ADMIN_PORT = String(await freePort())
  const child = startProgram(process.execPath, [...asUsersStartIt, 'serve'], {
    cwd: directory,
    env: { PATH: process.env.PATH, PORT: '0', ADMIN_PORT, DRAIN_SECONDS: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  t.teardown(() => stopProgram(child))
  const output = collectOutput(child)
  const address = `http://127.0.0.1:${ADMIN_PORT}/health/ready`
  await untilAnswered(child, () => isWell(address), { what: 'the server', output })
  return { ADMIN_PORT }
}

t.test('with the configuration of the server its data is found from another folder', async t => {
  const { here, there } = twoFolders(t, { there: { 'tracker-links.yaml': crmConfig } })
  const data = await usedDataFolder(t)
  const relative = { DATA_DIR: `../..${'/..'.repeat(there.split('/').length)}${data}` }
  const port = await serveIn(t, there, { ...settings, ...relative })
  const config = ['--config', '../there/tracker-links.yaml']
  for (const env of [{}, { DATA_DIR: 'data' }]) {
    const found = await run(here, [...list, ...config], { ...settings, ...port, ...env })
    t.equal(found.code, 0, found.told)
    t.equal(found.database, `embedded PostgreSQL in ${data}, run by another process`)
  }

  const sample = await commandHere(here, list, port)
  t.same([sample.code, sample.out], [2, ''], 'the sample is not answered from data of other applications')
  t.match(sample.told, `There is no database in ${here}/data`)
  t.match(sample.told, `embedded PostgreSQL 18.4 in ${data}, and ${there}/tracker-links.yaml`)
  t.match(sample.told, `--config ${there}/tracker-links.yaml`)

  const named = await commandHere(here, [...list, ...config], { ...settings, ...port, DATA_DIR: join(here, 'mine') })
  t.match(named, { code: 2, out: '' }, 'a folder that the user named is not replaced')
  t.match(named.told, `DATA_DIR names ${here}/mine, so the server's was not taken`)
})

t.test('without a configuration on both sides the data of a trial is found', async t => {
  const { here, there } = twoFolders(t)
  const port = await serveIn(t, there, { DATA_DIR: await usedDataFolder(t), SANDBOX_PORT: '0', LOG_LEVEL: 'error' })
  t.match(await run(here, ['objects', 'show', '1234'], port), { code: 0, out: 'Deploy service to production' })
})

/** A program that answers on the admin port as our server would. */
async function play(t: Test, answer: object) {
  const server = createServer((_request, response) => response.end(JSON.stringify(answer))).listen(0, '127.0.0.1')
  await new Promise(done => server.once('listening', done))
  t.teardown(() => server.close())
  return { ADMIN_PORT: String((server.address() as AddressInfo).port) }
}

t.test('a data folder that is not the one of the running server is told', async t => {
  const { here } = twoFolders(t)
  const [mine, other] = [await usedDataFolder(t), await usedDataFolder(t)]
  const place = { database: `embedded PostgreSQL 18.4 in ${other}`, dataDirectory: other, configuration: null }
  const told = async (answer: object) =>
    (await commandHere(here, list, { DATA_DIR: mine, ...(await play(t, answer)) })).told
  t.match(
    await told(place),
    new RegExp(`^WARNING: the server at http://127\\.0\\.0\\.1:\\d+ uses another.* in ${other}$`, 'm'),
  )
  t.match(await told({ ...place, dataDirectory: null, database: 'PostgreSQL at db:5432/links' }), 'at db:5432/links')
  t.notMatch(await told({ ...place, dataDirectory: mine }), 'WARNING')
})

t.test('only a data folder of the user who asks is taken', async t => {
  const { here, there } = twoFolders(t)
  const foreign = join(there, 'foreign')
  mkdirSync(foreign)
  const isRoot = process.getuid?.() === 0
  if (isRoot) chownSync(foreign, 65_534, 65_534)
  const place = { database: 'embedded', dataDirectory: isRoot ? foreign : '/usr', configuration: null }
  const told = async (answer: object, exitCode = 2) => {
    const { code, out, told } = await commandHere(here, list, await play(t, answer))
    t.same([code, out], [exitCode, ''])
    return told
  }
  t.match(await told(place), 'Its data folder is not one of this user')
  t.match(await told({ ...place, dataDirectory: 'relative' }), 'Its data folder is not one of this user')
  t.match(await told({ ...place, dataDirectory: null }), 'Set DATABASE_URL as it is set for that server')
  t.match(await told({ ...place, dataDirectory: there }, 1), `There is no database in ${there}`)
  t.notMatch(await told({ status: 'live' }), 'The server at', 'another program')
})
