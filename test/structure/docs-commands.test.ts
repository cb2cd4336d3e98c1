import { existsSync, globSync, readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { CommanderError } from 'commander'
import t from 'tap'
import packageFile from '../../package.json' with { type: 'json' }
import { buildParser, type CliContext } from '../../src/cli/command.ts'
import { loadCommands } from '../../src/cli/main.ts'

const commands = await loadCommands()

const root = join(import.meta.dirname, '../..')
const read = (file: string) => readFileSync(join(root, file), 'utf8')
const fencedBlock = /^[ ]*(```+|~~~+)([a-z]*)[^\n]*\n([\s\S]*?)^[ ]*\1[ ]*$/gm
const pages = globSync(['*.md', 'docs/**/*.md', 'examples/**/*.md'], { cwd: root }).map(file => ({
  file,
  content: read(file),
}))

t.test('the check finds commands in code, and what is wrong with them', async t => {
  const content = `Run \`npx tracker-link-server links list --issue TEST-1\`, or \`tracker-links\` alone.
\`\`\`sh
$ CRM_TOKEN=x tracker-links serve --config \\
    my.yaml   # with a comment
export CRM_TOKEN="$(tracker-links token new --json | jq -r .token)"
npm run lint && ./bin/tracker-links.js token new > token.txt; tracker-links health
\`\`\`
\`\`\`yaml
command: tracker-links nonsense
\`\`\`
`
  t.same(programLines(content), [
    ['links', 'list', '--issue', 'TEST-1'],
    ['serve', '--config', 'my.yaml'],
    ['token', 'new', '--json'],
    ['token', 'new'],
    ['health'],
  ])
  t.same(npmScripts(content), ['lint'])
  t.match(await faultOf(['nonsense']), /unknown command/)
  t.match(await faultOf(['serve', '--nonsense']), /unknown option/)
  t.match(await faultOf(['health', 'too', 'many']), /too many arguments/)
  t.equal(await faultOf(['health', '--json']), undefined)
  t.equal(await faultOf(['health', '--help']), undefined)
})

t.test('every command line of the documentation is one that the program takes', async t => {
  for (const { file, content } of pages)
    for (const line of programLines(content))
      t.equal(await faultOf(line), undefined, `${file}: tracker-links ${line.join(' ')}`)
})

t.test('the README calls the program as a checkout does, every other page as docs/cli.md explains', async t => {
  for (const { file, content } of pages) {
    const code = typedCode(content).join('\n')
    // Without an installation npx would fetch a package of this name, which is not ours; with one it takes seconds.
    t.notMatch(code, /npx (--?\S+ )*tracker-links/, file)
    if (file === 'README.md') t.notMatch(code, /(^|[\s(])tracker-links /m, file)
    else if (file !== 'docs/cli.md') t.notMatch(code, /(^|[\s(])\.\/tracker-links(\s|$)/m, file)
  }
})

t.test('every script of the documentation is in package.json', async t => {
  for (const { file, content } of pages)
    for (const script of npmScripts(content))
      t.ok(Object.hasOwn(packageFile.scripts, script), `${file}: npm run ${script}`)
})

t.test('no message of the program says npx but the one place that knows how it was started', async t => {
  const named = globSync('src/**/*.ts', { cwd: root }).filter(file => /\bnpx\b.*tracker-link/.test(read(file)))
  t.same(named, ['src/cli/called-as.ts'])
})

t.test('a picture is small', async t => {
  for (const file of globSync('docs/pictures/*', { cwd: root }))
    t.ok(statSync(join(root, file)).size < 150_000, `${file}: see scripts/take-pictures.ts`)
})

t.test('every relative link leads to a file, and to a heading if it names one', async t => {
  for (const { file, content } of pages)
    for (const [, target = ''] of withoutCode(content).matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(target)) continue
      const [path = '', anchor] = target.split('#')
      const linked = path === '' ? file : join(dirname(file), path)
      t.ok(existsSync(join(root, linked)), `${file} links to ${target}`)
      if (anchor !== undefined && linked.endsWith('.md') && existsSync(join(root, linked)))
        t.ok(anchorsOf(readFileSync(join(root, linked), 'utf8')).includes(anchor), `${file} links to ${target}`)
    }
})

/** The parser's error for a command line; undefined if it would run. Nothing runs. */
async function faultOf(line: readonly string[]): Promise<string | undefined> {
  const stderr = new PassThrough()
  const context: CliContext = {
    calledAs: 'tracker-links',
    env: {},
    directory: root,
    stdin: new PassThrough(),
    stdout: new PassThrough().resume(),
    stderr,
    isTerminal: false,
  }
  const table = commands.map(command => ({ ...command, run: async () => 0 }))
  try {
    await buildParser(table, context, () => {}).parseAsync(line, { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    stderr.end()
    return error.exitCode === 0 ? undefined : `${error.message} ${await text(stderr)}`
  }
  return undefined
}

/** The code of a page that a person would type: inline code, and blocks of shell or without a language. */
function typedCode(content: string): string[] {
  const shell = ['', 'sh', 'bash', 'shell', 'console']
  const blocks = [...content.matchAll(fencedBlock)]
    .filter(([, , language = '']) => shell.includes(language))
    .flatMap(([, , , code = '']) => code.replaceAll(/\\\n\s*/g, '').split('\n'))
  const inline = [...content.replaceAll(fencedBlock, '').matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code)
  return [...inline, ...blocks]
}

/** The arguments of every `tracker-links …`; the name alone is not a command. */
function programLines(content: string): string[][] {
  return typedCode(content)
    .flatMap(commandsOf)
    .map(words => words.slice(words.findIndex(isProgram) + 1 || words.length))
    .filter(words => words.length > 0)
}

function isProgram(word: string, at: number, words: readonly string[]): boolean {
  return /^(.*\/)?tracker-links(\.js)?$/.test(word) || (word === 'tracker-link-server' && words[at - 1] === 'npx')
}

function npmScripts(content: string): string[] {
  return typedCode(content)
    .flatMap(commandsOf)
    .flatMap(words => {
      const npm = words.indexOf('npm')
      if (npm < 0) return []
      if (words[npm + 1] === 'run') return words.slice(npm + 2, npm + 3)
      return ['start', 'test'].filter(script => words[npm + 1] === script)
    })
}

/** The commands of a shell line, as words: cut at pipes, redirections and comments. */
function commandsOf(line: string): string[][] {
  const substituted = /\$\(([^)]*)\)/g
  const found: string[][] = [...line.matchAll(substituted).flatMap(([, inner = '']) => commandsOf(inner)), []]
  let redirected = false
  for (const [word] of line
    .replaceAll(substituted, 'x')
    .matchAll(/&&|\|\||[|;]|\d?>{1,2}|<|(?:"[^"]*"|'[^']*'|[^\s"'|;<>])+/g)) {
    if (word.startsWith('#')) break
    if (/^(&&|\|\||[|;])$/.test(word)) {
      found.push([])
      redirected = false
    } else if (/^(\d?>{1,2}|<)$/.test(word)) redirected = true
    else if (!redirected) found.at(-1)?.push(word.replaceAll(/["']/g, ''))
  }
  return found
}

function anchorsOf(content: string): string[] {
  return [...content.replaceAll(fencedBlock, '').matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )
}

const withoutCode = (content: string) => content.replaceAll(fencedBlock, '').replaceAll(/`[^`\n]*`/g, '')
