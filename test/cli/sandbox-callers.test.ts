import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { until } from '../support/until.ts'
import { type CommandLine, commandLine } from './command-line.ts'

const config = `
publicUrl: https://links.example.com
applications:
  - id: crm
    name: Example CRM
    frontUrl: https://crm.example.com/{{remoteKey}}
    responsible: crm@example.com
    authorization: { kind: token, tokens: [canary-crm] }
  - id: tests
    name: Tests
    frontUrl: https://tests.example.com/{{remoteKey}}
    responsible: tests@example.com
    authorization: { kind: user, verifier: { kind: yandexId }, allow: { logins: [user1] } }
  - id: wiki
    name: Wiki
    frontUrl: https://wiki.example.com/{{remoteKey}}
    responsible: wiki@example.com
    authorization: { kind: token, tokens: [canary-wiki] }
`

type Ask = (token: string, method: string, path: string, body?: object) => Promise<Response>

type Started = { address: string; callers: unknown; ask: Ask }

/** The sandbox as a process, and a caller of its API. */
async function started(t: Test, cli: CommandLine, ...more: string[]): Promise<Started> {
  const program = cli.spawn('sandbox', '--port', '0', '--json', ...more)
  t.teardown(async () => {
    program.kill('SIGTERM')
    if (program.exitCode === null) await once(program, 'exit')
  })
  let out = ''
  program.stdout?.on('data', chunk => {
    out += chunk
  })
  const { address, callers } = JSON.parse(await until(() => out.endsWith('\n') && out))
  const ask: Ask = (token, method, path, body) =>
    fetch(`${address}/v3/${path}`, {
      method,
      headers: { authorization: `OAuth ${token}`, 'x-org-id': '1' },
      ...(body && { body: JSON.stringify(body) }),
    })
  return { address, callers, ask }
}

const story = { createdAt: '2017-08-29T12:34:41.740+0000', createdBy: 'user1' }
const imported = { relationship: 'relates', issue: 'TEST-2', ...story }

t.test('known tokens come from the configuration and the command line, each with its user and roles', async t => {
  const cli = await commandLine(t)
  const tokens = `
sandbox:
  tokens:
    - { token: "\${ADMIN_TOKEN}", login: user1 }
    - { token: canary-robot, login: links-robot, roles: [robot] }
`
  cli.write('tracker-links.yaml', config + tokens)
  cli.write('person.txt', 'canary-person\n')
  Object.assign(cli.env, { ADMIN_TOKEN: 'canary-admin', IMPORTER: 'canary-importer' })
  const given = [
    '--token',
    'user2=@person.txt',
    '--token',
    'importer:admin,robot=env:IMPORTER',
    '--token',
    'x=canary-x',
  ]
  const { address, callers, ask } = await started(t, cli, ...given, '--data', 'world.json')
  t.same(callers, [
    { login: 'user1', roles: ['admin'] },
    { login: 'links-robot', roles: ['robot'] },
    { login: 'user2', roles: [] },
    { login: 'importer', roles: ['admin', 'robot'] },
    { login: 'x', roles: [] },
  ])

  for (const [token, login, canImport] of [
    ['canary-admin', 'user1', 200],
    ['canary-robot', 'links-robot', 403],
    ['canary-person', 'user2', 403],
    ['canary-importer', 'importer', 422],
    ['canary-x', 'x', 403],
  ] as const) {
    t.match(await (await ask(token, 'GET', 'myself')).json(), { login })
    t.equal((await ask(token, 'POST', 'issues/TEST-1/links/_import', imported)).status, canImport, login)
  }
  const refused = await ask('canary-wrong', 'GET', 'myself')
  t.match({ status: refused.status, body: await refused.json() }, { status: 401, body: { errorMessages: [/token/] } })

  const limit = JSON.stringify({ versionLimit: { robot: 2, user: 3 } })
  await fetch(`${address}/sandbox/settings`, { method: 'PUT', body: limit })
  const edit = async (token: string) => (await ask(token, 'PATCH', 'issues/TEST-1', { summary: 'Edited' })).status
  t.same(
    [await edit('canary-robot'), await edit('canary-robot'), await edit('canary-person'), await edit('canary-person')],
    [200, 423, 200, 423],
    'the version at which an issue is closed is lower for a robot',
  )
  const world = await (await fetch(`${address}/sandbox/world`)).text()
  t.notMatch(world, 'canary-')
})

t.test('a user of a data file has the roles of this start', async t => {
  const cli = await commandLine(t)
  cli.write('tracker-links.yaml', config)
  const start = async (t: Test, token: string) => {
    const { ask } = await started(t, cli, '--data', 'world.json', '--token', token)
    return (await ask('canary-a', 'POST', 'issues/_import', { queue: 'TEST', summary: 'Old', ...story })).status
  }
  for (const [token, status] of [
    ['someone:admin=canary-a', 201],
    ['someone=canary-a', 403],
    ['user1=canary-a', 201],
    ['user1:robot=canary-a', 403],
    ['user1=canary-a', 201],
  ] as const)
    await t.test(token.replace('canary-a', 'TOKEN'), async t => t.equal(await start(t, token), status))
})

t.test('whose token a call presents is a setting of each application', async t => {
  const cli = await commandLine(t)
  cli.write('tracker-links.yaml', `${config}sandbox: { applications: { wiki: { token: none } } }\n`)
  const seen: Record<string, string | undefined> = {}
  const server = createServer(({ url = '', headers }, response) => {
    seen[url.split('/')[1] ?? ''] = headers.authorization
    response.writeHead(201).end()
  }).listen(0, '127.0.0.1')
  t.teardown(() => server.close())
  await once(server, 'listening')
  const linkServer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const given = ['--link-server', linkServer, '--user-token', 'tests=canary-user']
  const { address, ask } = await started(t, cli, ...given)
  const linkAll = async (key: string) => {
    for (const origin of ['crm', 'tests', 'wiki'])
      await ask('any', 'POST', 'issues/TEST-1/remotelinks?backlink=true', { relationship: 'relates', key, origin })
  }
  await linkAll('1')
  t.same(seen, { crm: 'OAuth canary-crm', tests: 'OAuth canary-user', wiki: undefined })

  const settings = JSON.stringify({ applications: { crm: { token: 'none' }, wiki: { token: 'fixed' } } })
  const changed = await fetch(`${address}/sandbox/call-settings`, { method: 'PUT', body: settings })
  t.match(await changed.json(), {
    applications: { crm: { token: 'none' }, tests: { token: 'user', hasUserToken: true }, wiki: { token: 'fixed' } },
  })
  await linkAll('2')
  t.same(seen, { crm: undefined, tests: 'OAuth canary-user', wiki: 'OAuth canary-wiki' })
})

t.test('a request without the header of the organization is refused on demand', async t => {
  const cli = await commandLine(t)
  const get = async (t: Test, ...more: string[]) => {
    const { address } = await started(t, cli, ...more)
    return (await fetch(`${address}/v3/myself`, { headers: { authorization: 'OAuth any' } })).status
  }
  cli.write('tracker-links.yaml', config)
  await t.test('not asked for', async t => t.equal(await get(t), 200))
  await t.test('an option', async t => t.equal(await get(t, '--organization-required'), 403))
  cli.write('tracker-links.yaml', `${config}sandbox: { organizationRequired: true }\n`)
  await t.test('the configuration', async t => t.equal(await get(t), 403))
})

t.test('a token that cannot be read is refused, and never shown', async t => {
  const cli = await commandLine(t)
  cli.write('tracker-links.yaml', `${config}sandbox: { tokens: [{ token: canary-t, login: user1 }] }\n`)
  cli.write('empty.txt', '\n')
  for (const [option, value, told] of [
    ['--token', 'canary-only', '--token takes LOGIN=TOKEN or LOGIN:ROLE=TOKEN with the roles admin and robot'],
    ['--token', 'user1:boss=canary-1', '--token takes LOGIN=TOKEN or LOGIN:ROLE=TOKEN'],
    ['--token', 'a b=canary-1', '--token takes LOGIN=TOKEN'],
    ['--token', 'user1=', '--token: the token is empty'],
    ['--token', 'user1=@empty.txt', '--token: the token is empty'],
    ['--token', 'user1=canary with blanks', '--token: the token is empty, or has white space'],
    ['--token', 'user1=@nowhere.txt', 'nowhere.txt cannot be read (ENOENT).'],
    ['--token', 'user1=env:NOT_SET', '--token: The environment variable NOT_SET is not set. Set NOT_SET, or'],
    ['--token', 'user2=canary-t', "The token of user2 is also another entry's"],
    ['--user-token', 'canary-only', '--user-token takes APPLICATION=TOKEN, such as crm=@token.txt'],
    ['--user-token', 'cmr=canary-1', 'the applications are crm, tests, wiki.'],
  ] as const) {
    const outcome = await cli.run(['sandbox', option, value])
    t.match(outcome, { code: 2, out: '' }, told)
    t.ok(outcome.told.includes(told), outcome.told)
    t.notMatch(outcome.told, 'canary-')
  }
})
