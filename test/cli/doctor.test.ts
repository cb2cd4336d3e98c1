import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createServer } from 'node:http'
import { type AddressInfo, connect, createServer as createTcpServer } from 'node:net'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import t, { type Test } from 'tap'
import { askServer } from '../../src/cli/ask-server.ts'
import { asTypedHere } from '../../src/cli/doctor/next-as-typed.ts'
import { askOwnServer } from '../../src/cli/find-database/running-server.ts'
import { readSettings } from '../../src/config/settings.ts'
import { openToRead } from '../../src/storage/open-to-read.ts'
import { postgresOf, usedDataFolder } from '../support/storage-process.ts'
import { commandLine, twoApplications } from './command-line.ts'

const quiet = { info: () => {}, warn: () => {}, error: () => {} }

t.test('the doctor says what it found, whether a server runs or not, and in which form it is asked', async t => {
  const line = await commandLine(t)
  line.write('tracker-links.yaml', twoApplications)
  line.env.ADMIN_PORT = '1'
  const { code, out } = await line.run(['doctor', 'crm'])
  t.equal(code, 1)
  t.match(
    out,
    /^NOT SHOWN TLK-S02 no server runs here\nnext: tracker-links serve\n {2}No server of this program answers/,
  )
  t.match(JSON.parse((await line.run(['doctor', '--json'])).out), {
    verdict: 'NOT SHOWN',
    code: 'TLK-S02',
    findings: [{ code: 'TLK-S02', severity: 'must', application: null, page: 'docs/findings.md#tlk-s02' }],
  })
  t.match(await line.run(['doctor', 'no-such']), { code: 2, told: 'There is no application no-such' })
  t.match(await line.run(['doctor', '--object', 'D-1']), { code: 2, told: 'Say of which application' })
  t.match(await line.run(['doctor', 'crm', '--issue', 'x']), { code: 2, told: 'issue key' })
  line.env.DATABASE_URL = 'postgresql://anna:canary-password@127.0.0.1:1/none'
  const away = await line.run(['doctor'])
  t.match(away.out, /^NOT SHOWN TLK-S03 database accepts no connections\n/)
  t.match(away.out, /^NOT SHOWN TLK-S02 /m)
  t.notMatch(away.out + away.told, 'canary')
  line.write('tracker-links.yaml', 'publicUrl: 5\n')
  t.match(await line.run(['doctor']), {
    code: 1,
    out: /^NOT SHOWN TLK-S01 configuration has .* faults?\nnext: tracker-links config check\n/,
  })
})

t.test(
  'what is to be done next can be copied: as this program was called, with the configuration that was given',
  async t => {
    const line = await commandLine(t)
    line.env.ADMIN_PORT = '1'
    const file = "its own's.yaml"
    line.write(file, twoApplications)
    const program = join(import.meta.dirname, '../../tracker-links')
    const { stdout } = line.spawn('doctor', '--config', file)
    t.ok((await text(stdout as Readable)).includes(`\nnext: ${program} serve --config 'its own'\\''s.yaml'\n`))
    const { out } = await line.run(['status', '--config', file])
    t.ok(out.includes(" next: tracker-links serve --config 'its own'\\''s.yaml'\n"), out)
    const { findings } = JSON.parse((await line.run(['doctor', '--config', file, '--json'])).out)
    t.match(findings, [{ next: 'tracker-links serve' }])

    const input = { arguments: [], options: { config: 'x.yaml', envFile: '/e' }, lists: {}, json: false }
    const streams = { stdin: process.stdin, stdout: process.stdout, stderr: process.stderr }
    const context = { calledAs: 'npx it', env: {}, directory: '/', isTerminal: false, ...streams }
    const kept = '--config x.yaml --env-file /e'
    for (const [told, typed] of [
      ["tracker-links objects preview crm -- '-D -- 1'", `npx it objects preview crm ${kept} -- '-D -- 1'`],
      ['tracker-links registration crm-2 --with-token', `npx it registration ${kept} crm-2 --with-token`],
      ['tracker-links doctor --config /y.yaml', 'npx it doctor --config /y.yaml'],
      ['Do this, then run tracker-links reload.', `Do this, then run npx it reload ${kept}.`],
      ['all of them: tracker-links calls list --unknown', `all of them: npx it calls list ${kept} --unknown`],
      ['Run `tracker-links migrate`.', 'Run `npx it migrate`.'],
      ['curl -i http://127.0.0.1/', 'curl -i http://127.0.0.1/'],
    ])
      t.equal(asTypedHere(input, context)(String(told)), typed)
  },
)

t.test('the doctor starts no PostgreSQL, although another server runs', async t => {
  const line = await commandLine(t)
  line.write('tracker-links.yaml', twoApplications)
  const data = await usedDataFolder(t)
  const place = {
    database: 'embedded PostgreSQL 18.4 in /srv/a/data',
    dataDirectory: '/srv/a/data',
    configuration: join(line.directory, 'tracker-links.yaml'),
  }
  const server = createServer((_request, response) => response.end(JSON.stringify({ status: 'ready', ...place })))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => server.close())
  delete line.env.DATABASE_URL
  Object.assign(line.env, { DATA_DIR: data, ADMIN_PORT: String((server.address() as AddressInfo).port) })
  const { out, told } = await line.run(['doctor', 'crm'])
  t.match(out, /^WARNING TLK-S10 server runs with another database\n/m, told)
  await t.rejects(postgresOf(data), /no PostgreSQL runs/)
  t.notOk(existsSync(join(data, 'postgres', 'data', 'postmaster.pid')))
  t.notMatch(told, /PostgreSQL (is|was|has) /)
})

t.test('fifty applications at once are all looked at', async t => {
  const line = await commandLine(t)
  const applications = Array.from({ length: 50 }, (_, place) => ({
    id: `app-${place}`,
    name: 'Many',
    frontUrl: 'https://crm.example.com/{{remoteKey}}',
    responsible: 'crm@example.com',
    authorization: { kind: 'token', tokens: [`canary-${place}-7Qm2xK9vT4bN8sW3yF6hJ1dL`] },
  }))
  line.write('tracker-links.yaml', JSON.stringify({ publicUrl: 'http://127.0.0.1:8080', applications }))
  line.env.ADMIN_PORT = '1'
  const { findings } = JSON.parse((await line.run(['doctor', '--json'])).out)
  t.same(
    findings.map(({ code, application }: { code: string; application: string }) => [code, application]),
    [['TLK-S02', null]],
  )
})

t.test("an operators' port that gives its answer byte by byte, and never ends it, holds nobody up", async t => {
  const server = createServer((_request, response) => {
    response.write('{')
    const timer = setInterval(() => response.write(' '), 100)
    response.on('close', () => clearInterval(timer))
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => server.close())
  const { port } = server.address() as AddressInfo
  await t.rejects(askServer(`http://127.0.0.1:${port}/health/ready`, 1_000), { name: 'TimeoutError' })
  t.equal(await askOwnServer({ ...readSettings({}), adminPort: port }, '/health/breakers'), undefined)
})

t.test('over the connection of the doctor nothing can be written', async t => {
  const { env } = await commandLine(t)
  const { queries, readiness, close } = await openToRead(String(env.DATABASE_URL), quiet)
  t.teardown(close)
  t.match(readiness, { ready: true })
  t.equal(await queries?.link.count(), 0)
  await t.rejects(
    Promise.resolve(
      queries?.follower.create({ data: { applicationId: 'crm', name: 'x', eventId: 1n, occurredAt: new Date() } }),
    ),
    /read-only|25006/,
  )
})

/** A way to a database that carries back only the answers to its first connection. */
async function stallingWay(t: Test, databaseUrl: string): Promise<string> {
  const url = new URL(databaseUrl)
  const socket = `${url.searchParams.get('host')}/.s.PGSQL.${url.searchParams.get('port') ?? 5432}`
  let connections = 0
  const proxy = createTcpServer(client => {
    const isFirst = ++connections === 1
    const database = connect(socket)
    for (const one of [client, database]) one.on('error', () => {})
    client.pipe(database).on('data', data => isFirst && client.write(data))
    client.on('close', () => database.destroy())
  })
  await once(proxy.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => proxy.close())
  url.search = ''
  url.host = `127.0.0.1:${(proxy.address() as AddressInfo).port}`
  return url.href
}

t.test('a database that answers whether it is ready, and nothing after that, is told', async t => {
  const { env } = await commandLine(t)
  const { queries, readiness, fault, close } = await openToRead(await stallingWay(t, String(env.DATABASE_URL)), quiet)
  t.teardown(close)
  t.match(readiness, { ready: true })
  t.equal(queries, undefined)
  t.match(fault, { code: 'database-away', message: /does not answer in time/ })
})
