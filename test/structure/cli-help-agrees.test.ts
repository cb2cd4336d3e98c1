import { readFileSync } from 'node:fs'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { generateCliDocs } from '../../scripts/generate-cli-docs.ts'
import { buildParser, type CliCommand, type CliContext, type CommandInput } from '../../src/cli/command.ts'
import { loadCommands, run } from '../../src/cli/main.ts'

const commands = await loadCommands()

function testContext() {
  const stdout = new PassThrough()
  const stderr = new PassThrough()
  const stdin = new PassThrough()
  const context: CliContext = {
    calledAs: 'tracker-links',
    env: {},
    directory: '/',
    stdin,
    stdout,
    stderr,
    isTerminal: false,
  }
  const told = () => {
    stdout.end()
    stderr.end()
    return Promise.all([text(stdout), text(stderr)])
  }
  return { context, told }
}

/** How the parser reads a command line; nothing runs. */
async function parsed(line: readonly string[]): Promise<{ command: CliCommand; input: CommandInput } | undefined> {
  let found: { command: CliCommand; input: CommandInput } | undefined
  const table = commands.map(command => ({
    ...command,
    run: async (input: CommandInput) => {
      found = { command, input }
      return 0
    },
  }))
  await buildParser(table, testContext().context, () => {}).parseAsync(line, { from: 'user' })
  return found
}

/** `--issue` of `--issue <key>`. */
const flagOf = (flags: string) => flags.split(' ')[0] as string

t.test('docs/cli.md is what the table of commands makes', async t => {
  const page = readFileSync(new URL('../../docs/cli.md', import.meta.url), 'utf8')
  t.equal(page, generateCliDocs(commands), 'run: node scripts/generate-cli-docs.ts')
})

t.test('no two commands have one name, and no command has an option twice', async t => {
  t.equal(new Set(commands.map(({ name }) => name)).size, commands.length)
  for (const { name, options = [] } of commands) {
    const flags = options.map(option => flagOf(option.flags))
    t.same([...new Set(flags)], flags, name)
    t.notOk(flags.includes('--json'), `${name} has --json from the table's form`)
  }
})

t.test('the help names every command', async t => {
  const { context, told } = testContext()
  t.equal(await run(['help'], context), 0)
  const [help] = await told()
  for (const { name } of commands) t.match(help, new RegExp(`^ +${name.split(' ')[0]} `, 'm'))
})

for (const command of commands) {
  const { name, summary, arguments: positional = [], options = [], details, examples = [] } = command
  const words = name.split(' ')

  t.test(`the help of ${name} names every argument and option that the parser takes, and no other`, async t => {
    const { context, told } = testContext()
    t.equal(await run([...words, '--help'], context), 0)
    const [help] = await told()
    const flat = help.replaceAll(/\s+/g, ' ')
    t.match(flat, flatten(summary))
    for (const argument of positional) t.match(flat, flatten(argument.summary))
    for (const option of options) t.match(flat, `${option.flags} ${flatten(option.summary)}`)
    if (details) t.match(help, details.trim())
    for (const example of examples) t.match(help, `tracker-links ${example}`)

    const named = [...help.matchAll(/^ {2}(?:-\w, )?(--[\w-]+)/gm)].map(([, flag]) => flag)
    const taken = ['--help', '--json', ...options.map(option => flagOf(option.flags))]
    t.same(new Set(named), new Set(taken))
    t.equal(named.length, taken.length)
  })

  t.test(`the parser takes every option of ${name}`, async t => {
    const given = positional.map(argument => `a-${argument.name.replaceAll(/\W/g, '')}`)
    for (const { flags, choices, isRepeatable } of options) {
      const takesValue = /[<[]/.test(flags)
      const value = choices?.[0] ?? '7'
      const found = await parsed([...words, ...given, flagOf(flags), ...(takesValue ? [value] : [])])
      t.equal(found?.command.name, name)
      const option = flagOf(flags)
        .slice(2)
        .replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase())
      if (isRepeatable) t.same(found?.input.lists[option], [value], flags)
      else t.equal(found?.input.options[option], takesValue ? value : true, flags)
      t.same(found?.input.arguments, given)
    }
    t.equal((await parsed([...words, ...given, '--json']))?.input.json, true)
  })

  t.test(`the parser takes every example of ${name}`, async t => {
    for (const example of examples) {
      const found = await parsed(example.split(' '))
      t.equal(found?.command.name, name, example)
    }
  })
}

const flatten = (text: string) => text.replaceAll(/\s+/g, ' ')
