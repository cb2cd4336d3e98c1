import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { openSandbox } from '../../src/cli/sandbox/open-sandbox.ts'
import { openSampleSandbox } from '../../src/cli/sandbox/sample-sandbox.ts'
import { sampleConfig } from '../../src/config/sample-config.ts'
import { readSettings } from '../../src/config/settings.ts'
import { createLogger } from '../../src/logging/logger.ts'
import { until } from '../support/until.ts'
import { commandLine } from './command-line.ts'

const config = `
publicUrl: https://links.example.com
organizations:
  main: { kind: cloud, id: org-1, token: canary-organization }
applications:
  - id: crm
    name: Example CRM
    frontUrl: https://crm.example.com/{{remoteKey}}
    defaultIconUrl: https://crm.example.com/icon.svg
    responsible: crm@example.com
    authorization: { kind: token, tokens: [canary-crm], header: X-Tracker-Token, schemes: [bare] }
    endpoints: { entityInfo: '/info?of={{remoteKey}}', createLink: /crm/new, removeLink: '/crm/{{remoteKey}}/{{issueKey}}' }
  - id: tests
    name: Tests
    frontUrl: https://tests.example.com/{{remoteKey}}
    defaultIconUrl: https://tests.example.com/icon.svg
    responsible: tests@example.com
    authorization: { kind: token, tokens: [canary-tests], schemes: [Bearer] }
`

t.test(
  'it calls the configured applications on this machine, as their sheets describe them, and ends on a signal',
  async t => {
    const cli = await commandLine(t)
    cli.write('tracker-links.yaml', config)
    const calls: string[] = []
    const server = createServer((request, response) => {
      const { authorization, 'x-tracker-token': token } = request.headers
      calls.push([request.method, request.url, token, authorization].filter(Boolean).join(' '))
      response.writeHead(204).end()
    }).listen(0, '127.0.0.1')
    t.teardown(() => server.close())
    await once(server, 'listening')
    const linkServer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const program = cli.spawn('sandbox', '--port', '0', '--link-server', linkServer, '--data', 'world.json', '--json')
    let out = ''
    program.stdout?.on('data', chunk => {
      out += chunk
    })
    const told = text(program.stderr as NodeJS.ReadableStream)
    const printed = JSON.parse(await until(() => out.endsWith('\n') && out))
    t.match(printed, { linkServer, applications: ['crm', 'tests'], issueAddress: `${printed.address}/issues/TEST-1` })

    const api = `${printed.address}/v3/issues/TEST-1/remotelinks`
    const headers = { authorization: 'OAuth canary-any', 'x-cloud-org-id': 'org-1' }
    const body = JSON.stringify({ relationship: 'RELATES', key: 'a b', origin: 'crm' })
    const added = await fetch(`${api}?backlink=true`, { method: 'POST', headers, body })
    t.equal(added.status, 201)
    const { id } = (await added.json()) as { id: number }
    const page = await (await fetch(printed.issueAddress)).text()
    t.match(page, /href="https:\/\/crm\.example\.com\/a%20b"/)
    t.notMatch(page, 'canary-')
    t.equal((await fetch(`${api}/${id}`, { method: 'DELETE', headers })).status, 204)
    t.same(calls, ['POST /crm/new canary-crm', 'GET /info?of=a%20b canary-crm', 'DELETE /crm/a%20b/TEST-1 canary-crm'])
    const tests = JSON.stringify({ relationship: 'RELATES', key: '1', origin: 'tests' })
    await fetch(`${api}?backlink=true`, { method: 'POST', headers, body: tests })
    t.equal(calls.at(-1), 'POST /tests/links Bearer canary-tests', 'each application gets the token as it takes it')
    program.kill('SIGTERM')
    t.same(await once(program, 'exit'), [0, null])
    t.equal(await told, '')
  },
)

t.test('what cannot be is said before anything starts', async t => {
  const cli = await commandLine(t)
  cli.write('tracker-links.yaml', config)
  const taken = createServer().listen(0, '127.0.0.1')
  t.teardown(() => taken.close())
  await once(taken, 'listening')
  const port = String((taken.address() as AddressInfo).port)
  for (const [line, told] of [
    [['--port', 'x'], '--port takes a whole number from 0 to 65535; this is x.'],
    [['--port', port], `Cannot listen on 127.0.0.1, port ${port}: another program listens there. Use --port.`],
    [['--link-server', 'nowhere'], '--link-server takes a scheme, a host and a port'],
    [['--link-server', 'http://127.0.0.1:8080/crm'], '--link-server takes a scheme, a host and a port'],
    [['--port', '0', '--data', '.'], 'The data file . cannot be used: '],
    [['--port', '0', '--data', 'tracker-links.yaml'], 'The data file tracker-links.yaml cannot be used: '],
  ] as const)
    t.match(await cli.run(['sandbox', ...line]), { code: 2, out: '', told }, line.join(' '))
  cli.env.PORT = '0'
  t.match(await cli.run(['sandbox']), { code: 2, told: 'PORT is 0, so name the address of the server' })
})

t.test('the sandbox of the sample says where it is and links its issue, and closes where a step fails', async t => {
  const server = createServer((_request, response) => response.writeHead(201).end())
  t.teardown(() => server.close())
  await once(server.listen(0, '0.0.0.0'), 'listening')
  const everywhere = `http://0.0.0.0:${(server.address() as AddressInfo).port}`
  const log = createLogger('silent', process.stderr)
  const open = (port: number, keys: string[]) =>
    openSampleSandbox(readSettings({ SANDBOX_PORT: String(port) }), sampleConfig(readSettings({})), {
      linkServer: everywhere,
      keys,
      log,
    })
  const good = await open(0, ['1', '2'])
  const address = /^An issue with cards, in a Tracker that is played here: (http:.*)\/issues\/TEST-1$/.exec(
    good.line,
  )?.[1]
  const calls = (await (await fetch(`${address}/sandbox/calls`)).json()) as unknown[]
  t.match(calls, [{ call: 'createLink', remoteKeys: ['1', '2'], status: 201, address: /^http:\/\/127\.0\.0\.1:/ }])
  await good.close?.()

  const port = Number(new URL(address ?? '').port)
  const failed = await open(port, ['1', '1'])
  t.match(failed.line, /^No sandbox: Issue TEST-1 is already linked to 1 of demo\.$/)
  await t.rejects(fetch(`${address}/sandbox/calls`), { message: 'fetch failed' }, 'nothing listens any more')
  await once(server.close().listen(port, '127.0.0.1'), 'listening')
  t.match(
    (await open(port, ['1'])).line,
    `No sandbox: it cannot listen on 127.0.0.1, port ${port} (another program listens`,
  )
})

t.test('a second sandbox on the same data file is refused, and the first goes on', async t => {
  const dataFile = join(t.testdir(), 'sandbox.json')
  const log = createLogger('silent', process.stderr)
  const open = () =>
    openSandbox({
      config: sampleConfig(readSettings({})),
      linkServer: 'http://127.0.0.1:1',
      host: '127.0.0.1',
      port: 0,
      dataFile,
      log,
    })
  const first = await open()
  const status = async () =>
    (await fetch(`${first.address}/v3/issues/TEST-1`, { headers: { authorization: 'OAuth canary-any' } })).status
  await t.rejects(open(), { message: /^another sandbox uses it\. / })
  t.equal(await status(), 200)
  await first.close()
  await (await open()).close()
})
