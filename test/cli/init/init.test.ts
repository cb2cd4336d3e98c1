import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough, type Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { parseEnv } from 'node:util'
import t from 'tap'
import { systemDraft, systemQuestions } from '../../../src/cli/init/system.ts'
import { writeNewFiles } from '../../../src/cli/init/write-files.ts'
import { run as runCommand } from '../../../src/cli/main.ts'
import { type PlayedUpstream, playUpstream } from '../../support/played-upstream.ts'
import {
  asUsersStartIt,
  collectOutput,
  freePort,
  startProgram,
  stopProgram,
  untilAnswered,
} from '../../support/start-program.ts'
import { type CommandLine, commandLine } from '../command-line.ts'

const gitlabKey = 'marcel.amirault/test-project/-/merge_requests/133'
const gitlabToken = 'canary-gitlab #"$1'
const responsible = ['--responsible', 'team@example.org']

/** A GitLab with the one merge request of its documentation. */
async function playGitlab(t: Parameters<typeof playUpstream>[0]): Promise<PlayedUpstream> {
  const gitlab = await playUpstream(t)
  const file = new URL('../../../examples/gitlab-merge-request/response.json', import.meta.url)
  gitlab.answer = ({ path, headers }, response) => {
    if (headers['private-token'] !== gitlabToken) response.writeHead(401).end('{"message":"401 Unauthorized"}')
    else if (path === '/api/v4/projects/marcel.amirault%2Ftest-project/merge_requests/133')
      response.end(readFileSync(file))
    else response.writeHead(404).end('{"message":"404 Not found"}')
  }
  return gitlab
}

const filesOf = ({ directory }: CommandLine) => readdirSync(directory).toSorted()
const read = ({ directory }: CommandLine, name: string) => readFileSync(join(directory, name), 'utf8')

/** Runs a command as a person at a terminal does: what is typed comes all at once, and `end` presses Ctrl-D. */
async function typedRun({ directory, env }: CommandLine, argv: string[], typed: string, end = false) {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()]
  Object.assign(stdin, { isTTY: true })
  const printed = Promise.all([text(stdout), text(stderr)])
  stdin.write(typed)
  if (end) stdin.end()
  const code = await runCommand(argv, { env, directory, stdin, stdout, stderr, isTerminal: true })
  stdout.end()
  stderr.end()
  const [out, told] = await printed
  return { code, out, told }
}

t.test('init gitlab, serve, and the card of an own object with the token of .env', async t => {
  const cli = await commandLine(t)
  const port = await freePort()
  Object.assign(cli.env, { NODE_ENV: 'production', PORT: String(port), ADMIN_PORT: '0', DRAIN_SECONDS: '0' })
  const gitlab = await playGitlab(t)
  cli.write('gitlab-token', `${gitlabToken}\n`)
  const init = ['init', 'gitlab', '--url', gitlab.origin, '--token-file', join(cli.directory, 'gitlab-token')]
  const { code, out, told } = await cli.run([...init, ...responsible, '--key', `${gitlab.origin}/${gitlabKey}?tab=x`])
  t.equal(code, 0, told)
  t.match(out, 'Manual job rules')
  const secrets = parseEnv(read(cli, '.env'))
  t.match(secrets, { TRACKER_TOKEN: /^[0-9a-f]{64}$/, GITLAB_TOKEN: gitlabToken })
  t.equal(statSync(join(cli.directory, '.env')).mode & 0o777, 0o600)
  t.same(filesOf(cli), ['.env', 'gitlab-token', 'tracker-links.yaml'], 'nothing else is left')
  for (const secret of Object.values(secrets))
    t.notOk(`${out}${told}${read(cli, 'tracker-links.yaml')}`.includes(String(secret)))

  const server = startProgram(process.execPath, [...asUsersStartIt, 'serve'], {
    cwd: cli.directory,
    env: cli.env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  t.teardown(() => stopProgram(server))
  const output = collectOutput(server)
  await untilAnswered(server, async () => output().includes('"msg":"ready"'), { what: 'the server', output })
  const ask = (token: string) =>
    fetch(`http://127.0.0.1:${port}/gitlab/objects/${encodeURIComponent(gitlabKey)}`, {
      headers: { authorization: `OAuth ${token}` },
    })
  // On a busy machine the first question may take longer than a call waits for it.
  const card = async () => {
    const answer = await ask(secrets.TRACKER_TOKEN ?? '')
    return answer.ok && (await answer.json())
  }
  t.match(await untilAnswered(server, card, { what: 'the card', output }), {
    key: gitlabKey,
    summary: 'Manual job rules',
    status: { name: 'Open' },
  })
  t.equal((await ask('canary-another')).status, 401)

  // The same card by the second of the next commands, pasted into a shell whose environment has no variable of .env.
  const command = /^sed .*$/m.exec(out)?.[0] ?? ''
  const shell = startProgram('bash', ['-c', command], {
    cwd: cli.directory,
    env: cli.env,
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  t.match(JSON.parse(await text(shell.stdout as Readable)), { summary: 'Manual job rules' })
})

t.test('without a terminal, everything that is missing or wrong is told at once, and nothing is written', async t => {
  const cli = await commandLine(t)
  const { code, told } = await cli.run([
    'init',
    'gitlab',
    '--path',
    'health',
    '--query',
    'SELECT 1',
    '--objects',
    'epic',
  ])
  t.equal(code, 2)
  for (const field of ['--url', '--token-file', '--responsible', '--path', '--query', '--objects'])
    t.match(told, `  ${field}: `)
  t.match(told, 'GITLAB_TOKEN', 'the variable that may hold the token')
  const http = await cli.run(['init', 'http'])
  for (const field of ['--name', '--front-url', '--responsible', '--url', '--summary'])
    t.match(http.told, `  ${field}: `)
  const sql = await cli.run(['init', 'sql', '--query', 'SELECT 1'])
  for (const field of ['--name', '--database-url-file', '--query', '--summary']) t.match(sql.told, `  ${field}: `)
  t.match((await cli.run(['init'])).told, 'gitlab|github|jira|redmine|sentry|http|sql|store')
  t.match((await cli.run(['init', 'gitlap'])).told, 'There is no gitlap here')
  t.same(filesOf(cli), [])
})

t.test('a file that is there stays as it is, and no other is written beside it', async t => {
  const cli = await commandLine(t)
  const store = [
    'init',
    'store',
    '--name',
    'CRM',
    '--front-url',
    'https://crm.example.org/{{remoteKey}}',
    ...responsible,
  ]
  for (const name of ['.env', 'tracker-links.yaml', 'tracker-links.yml']) {
    t.test(name, async t => {
      const own = await commandLine(t)
      own.write(name, 'mine')
      const { code, told } = await own.run(store)
      t.equal(code, 2)
      t.match(told, `${name} is there already`)
      t.match(told, '--dry-run')
      t.same(filesOf(own), [name])
      t.equal(read(own, name), 'mine')
      const dry = await own.run([...store, '--dry-run'])
      t.equal(dry.code, 0)
      t.match(dry.out, 'https://crm.example.org/{{remoteKey}}')
      t.match(dry.out, 'TRACKER_TOKEN=\n')
      t.same(filesOf(own), [name])
    })
  }
  t.match((await cli.run([...store, '--config', 'nowhere/file.yaml'])).told, 'its folder does not exist')
  const control = [...store.slice(0, 2), '--name', 'C\u0007', ...store.slice(4)]
  t.match((await cli.run(control)).told, '--name: The text contains a control character')
  cli.env.GITLAB_TOKEN = 'canary-other'
  t.match(
    (await cli.run(['init', 'gitlab', '--token-file', 'any'])).told,
    'GITLAB_TOKEN is set in this environment, too',
  )
  cli.env.TRACKER_TOKEN = 'canary-old'
  t.match((await cli.run(store)).told, 'takes precedence over .env')
  t.equal((await cli.run([...store, '--token-variable', 'CRM_TOKEN'])).code, 0)
  t.match(parseEnv(read(cli, '.env')), { CRM_TOKEN: /^[0-9a-f]{64}$/ })
})

t.test('the files are written and the exit code is 1 if no card comes; what to correct is said', async t => {
  const gitlab = await playGitlab(t)
  for (const [token, key, said] of [
    ['canary-wrong', gitlabKey, /answer was 401/],
    [gitlabToken, 'a/b/-/merge_requests/1', /There is no such object/],
  ] as const) {
    const cli = await commandLine(t)
    cli.env.GITLAB_TOKEN = token
    const { code, out } = await cli.run(['init', 'gitlab', '--url', gitlab.origin, ...responsible, '--key', key])
    t.equal(code, 1)
    t.match(out, said)
    t.match(out, `tracker-links objects preview gitlab ${key}`)
    t.same(filesOf(cli), ['.env', 'tracker-links.yaml'])
  }
})

t.test('at a terminal it asks, again if an answer is wrong, and a secret is not shown', async t => {
  const cli = await commandLine(t)
  const gitlab = await playGitlab(t)
  const typed = ['gitlap', 'gitlab', '', 'nonsense', gitlab.origin, gitlabToken, 'team@example.org', '', 'x', gitlabKey]
  const { code, out, told } = await typedRun(cli, ['init'], `${typed.join('\r')}\r`)
  t.equal(code, 0, told)
  t.match(out, 'Manual job rules')
  t.match(told, 'There is no such choice')
  t.match(told, 'This is not the address of a system')
  t.match(told, 'This is not the key of such an object')
  t.notOk(`${out}${told}`.includes('canary'))
  t.equal(parseEnv(read(cli, '.env')).GITLAB_TOKEN, gitlabToken)
})

t.test('who gives up in the middle, by Ctrl-C or Ctrl-D, has written nothing', async t => {
  const cli = await commandLine(t)
  for (const [typed, end] of [
    ['\rhttps://gitlab.example.org\r\u0003', false],
    ['\rhttps://gitlab.example.org\r\u0004', false],
    ['\r', true],
  ] as const) {
    const { code, told } = await typedRun(cli, ['init', 'gitlab'], typed, end)
    t.equal(code, 1)
    t.match(told, 'Stopped. Nothing was written.')
    t.same(filesOf(cli), [])
  }
})

t.test('an API of any kind: the mapping is proposed from one object', async t => {
  const cli = await commandLine(t)
  const api = await playUpstream(t)
  api.answer = ({ headers }, response) =>
    headers.authorization === 'Bearer canary-api'
      ? response.end('{"deal":{"title":"Pumps","state":"won","updated_at":"2026-01-02T03:04:05Z"}}')
      : response.writeHead(401).end()
  cli.write('api-token', 'canary-api')
  const http = [
    'init',
    'http',
    '--name',
    'Example CRM',
    '--front-url',
    'https://crm.example.org/{{remoteKey}}',
    ...responsible,
  ]
  const more = ['--url', `${api.origin}/deals/{{remoteKey}}`, '--key', 'D-1']
  const refused = await cli.run([...http, ...more])
  t.equal(refused.code, 2)
  t.match(refused.told, /--summary: .*D-1 could not be looked at: the answer was 401/)
  t.same(filesOf(cli), ['api-token'])
  const { code, out, told } = await cli.run([...http, ...more, '--token-file', join(cli.directory, 'api-token')])
  t.equal(code, 0, told)
  t.match(out, /"summary": "Pumps"[\s\S]*"name": "won"[\s\S]*"updated": "2026-01-02/)
  t.match(read(cli, 'tracker-links.yaml'), /summary: deal\.title\n\s+status: deal\.state\n\s+updated: deal\.updated_at/)
  t.equal(parseEnv(read(cli, '.env')).EXAMPLE_CRM_API_TOKEN, 'canary-api')
})

t.test('a table: its address is a secret, and the query gives the card', async t => {
  const cli = await commandLine(t)
  await cli.prisma.$executeRawUnsafe(`CREATE TABLE deals AS SELECT 'D-1' AS number, 'Pumps' AS title, 'won' AS stage`)
  cli.write('address', String(cli.env.DATABASE_URL))
  const sql = ['init', 'sql', '--name', 'CRM', '--front-url', 'https://crm.example.org/{{remoteKey}}', ...responsible]
  const query = 'SELECT title, stage FROM deals WHERE number = $1'
  const typed = `${[query, 'D-1', '', ''].join('\r')}\r`
  const argv = [
    ...sql,
    '--public-url',
    'https://links.example.org',
    '--database-url-file',
    join(cli.directory, 'address'),
  ]
  const { code, out, told } = await typedRun(cli, argv, typed)
  t.equal(code, 0, told)
  t.match(out, /"summary": "Pumps"[\s\S]*"name": "won"/)
  t.equal(parseEnv(read(cli, '.env')).CRM_DATABASE_URL, cli.env.DATABASE_URL)
  t.notOk(`${out}${told}${read(cli, 'tracker-links.yaml')}`.includes(String(cli.env.DATABASE_URL)))
})

const asksForEmail = (url: string) => systemQuestions('jira', { url }, '').some(({ option }) => option === 'email')

t.test('Jira Cloud takes the address of the account and its API token; Sentry an organization', async t => {
  const answers = { url: 'https://one.atlassian.net', email: 'me@example.org', 'token-file': 'canary-jira' }
  const { contents, secrets } = systemDraft('jira', answers, { tokenVariable: 'TRACKER_TOKEN', privateHosts: [] })
  t.match(contents, `Authorization: Basic \${JIRA_TOKEN}`)
  t.equal(secrets[0]?.value, Buffer.from('me@example.org:canary-jira').toString('base64'))
  t.same([asksForEmail('https://one.atlassian.net'), asksForEmail('https://jira.example.org')], [true, false])

  const sentry = await commandLine(t)
  sentry.env.SENTRY_TOKEN = 'canary-sentry'
  const init = ['init', 'sentry', '--url', 'http://127.0.0.1:1', ...responsible]
  t.match((await sentry.run(init)).told, '--organization: ')
  t.equal((await sentry.run([...init, '--organization', 'my-own'])).code, 0)
  t.match(read(sentry, 'tracker-links.yaml'), 'http://127.0.0.1:1/api/0/organizations/my-own/shortids/{{remoteKey}}/')
  t.match(read(sentry, 'tracker-links.yaml'), '127.0.0.1 ]', 'an address of the own network is allowed')
  t.notOk(existsSync(join(sentry.directory, 'data')), 'no database is made')
})

t.test('both files are written or none, whichever name is taken meanwhile', async t => {
  for (const taken of ['.env', 'tracker-links.yaml']) {
    const directory = t.testdir({ [taken]: 'mine' })
    const file = (name: string, mode: number) => ({ path: join(directory, name), text: 'new', mode })
    t.throws(() => writeNewFiles([file('.env', 0o600), file('tracker-links.yaml', 0o644)]), /meanwhile/)
    t.same(readdirSync(directory), [taken])
    t.equal(readFileSync(join(directory, taken), 'utf8'), 'mine')
  }
  const nowhere = join(t.testdir({}), 'no-folder', '.env')
  t.throws(() => writeNewFiles([{ path: nowhere, text: 'new', mode: 0o600 }]), /Nothing was written/)
})
