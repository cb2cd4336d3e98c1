import { once } from 'node:events'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { run } from '../../src/cli/main.ts'
import { commandLine } from './command-line.ts'

t.test('a wrong command line is told with exit code 2, and nothing is printed as a result', async t => {
  const cli = await commandLine(t)
  const wrong = [
    ['nonsense'],
    ['links', 'nonsense'],
    ['links', 'list', '--nonsense'],
    ['links', 'list', 'nonsense'],
    ['links', 'list', '--issue'],
    ['links', 'export', '--format', 'xml'],
    ['links', 'show', 'TEST-1'],
    ['objects', 'import'],
    ['links'],
    [],
  ]
  for (const argv of wrong) {
    const { code, out, told } = await cli.run(argv)
    t.same([code, out], [2, ''], argv.join(' '))
    t.not(told, '', argv.join(' '))
  }
})

t.test('what the program says names the command as it is typed here', async t => {
  const cli = await commandLine(t)
  const [stdout, stderr] = [new PassThrough(), new PassThrough()]
  const told = Promise.all([text(stdout), text(stderr)])
  const { env, directory } = cli
  const context = {
    calledAs: './tracker-links',
    env,
    directory,
    stdin: new PassThrough(),
    stdout,
    stderr,
    isTerminal: false,
  }
  for (const line of ['nonsense', 'keys revoke 123456789012', 'keys list', 'links list --help', 'token new'])
    await run(line.split(' '), context)
  stdout.end()
  stderr.end()
  const all = (await told).join('')
  for (const command of ['help', 'keys list', 'keys create', 'links list', 'registration'])
    t.match(all, `./tracker-links ${command}`)
  t.notMatch(all, /(?<!\.\/)tracker-links (help|keys|links|registration)/)
})

t.test('help ends with 0, for the program and for each command', async t => {
  const cli = await commandLine(t)
  for (const argv of [
    ['--help'],
    ['help'],
    ['help', 'links'],
    ['links', '--help'],
    ['links', 'help', 'export'],
    ['objects', 'import', '-h'],
  ])
    t.match(await cli.run(argv), { code: 0, out: /^Usage: tracker-links/, told: '' }, argv.join(' '))
})

t.test('a wrong configuration is refused by every command about objects and links', async t => {
  const cli = await commandLine(t)
  cli.write('tracker-links.yaml', 'publicUrl: nowhere\n')
  const commands = [
    'objects list',
    'objects show 1',
    'objects delete 1 --yes',
    'links list',
    'links show T-1 1',
    'links history',
    'links export',
    'links add T-1 1',
    'links remove T-1 1',
  ]
  for (const command of commands) {
    const { code, out, told } = await cli.run(command.split(' '))
    t.same([code, out], [2, ''], command)
    t.match(told, 'publicUrl')
  }
  t.match(await cli.run(['links', 'list', '--config', 'none.yaml']), { code: 2, told: /none\.yaml/ })
})

t.test('what is wrong with a command line is told before the database is asked', async t => {
  const cli = await commandLine(t)
  Object.assign(cli.env, { DATABASE_URL: 'postgres://nobody@localhost:1/nowhere' })
  for (const line of [
    'links list --limit x',
    'links add TEST 1',
    'objects import none.csv',
    'objects list --application x',
  ]) {
    const { code, out, told } = await cli.run(line.split(' '))
    t.same([code, out], [2, ''], line)
    t.notMatch(told, 'database', line)
  }
})

t.test('the program itself prints what the commands say, beside a running server', async t => {
  const cli = await commandLine(t)
  await cli.json('links', 'add', 'TEST-1', '1')
  const program = cli.spawn('links', 'list', '--json')
  const [out, told, [code]] = await Promise.all([
    text(program.stdout as NodeJS.ReadableStream),
    text(program.stderr as NodeJS.ReadableStream),
    once(program, 'exit'),
  ])
  t.equal(code, 0)
  t.match(told, /^database: PostgreSQL at .*\nconfiguration: none in .*\n$/)
  t.match(JSON.parse(out), { application: 'demo', links: [{ issueKey: 'TEST-1', remoteKey: '1' }], total: 1 })
})

t.test('the help may be read by a program that goes away early', async t => {
  const cli = await commandLine(t)
  const program = cli.spawn('help')
  program.stdout?.destroy()
  const [told, [code]] = await Promise.all([text(program.stderr as NodeJS.ReadableStream), once(program, 'exit')])
  t.same([code, told], [0, ''])
})
