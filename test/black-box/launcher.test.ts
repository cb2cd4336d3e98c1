// The file `tracker-links` of a checkout, as a person starts it: from any folder, whatever Node the machine has.
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { asUsersStartIt, collectOutput, ended, startProgram, usersVariables } from '../support/start-program.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const launcher = join(root, 'tracker-links')
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
const scratch = mkdtempSync(join(tmpdir(), 'tracker-links-launcher-'))
t.teardown(() => rmSync(scratch, { recursive: true }))
/** A Node that is too old, in front of everything else in PATH. */
const old = join(scratch, 'old')
mkdirSync(old)
const pretend = 'data:text/javascript,Object.defineProperty(process.versions, "node", { value: "20.20.2" })'
writeExecutable(join(old, 'node'), `#!/bin/sh\nexec '${process.execPath}' --import '${pretend}' "$@"\n`)
const oldFirst = `${old}:${machinePath()}`

t.test('it runs from another folder with an old Node first in PATH, and through symbolic links', async t => {
  const links = join(scratch, 'links')
  mkdirSync(links)
  symlinkSync(launcher, join(links, 'absolute'))
  symlinkSync('absolute', join(links, 'tracker-links'))
  for (const command of [launcher, join(links, 'tracker-links'), './links/tracker-links', 'tracker-links']) {
    const path = `${oldFirst}:${links}`
    t.same(await run(command, ['--version'], { PATH: path }), { code: 0, printed: `${version}\n` }, command)
  }
})

t.test('its arguments arrive as they were typed, and its exit code is the program’s', async t => {
  const { code, printed } = await run(launcher, ['links', 'show', 'a "b"  $c', '*', '--nonsense'])
  t.equal(code, 2)
  t.match(printed, "unknown option '--nonsense'")
  t.match(printed, `\`${launcher} help\``, 'and what it says can be typed here')
})

t.test('in the folder of the checkout the messages name it as the README does', async t => {
  const { printed } = await run('./tracker-links', ['help'], { PATH: oldFirst }, root)
  t.match(printed, /^Usage: \.\/tracker-links /)
})

t.test('before `npm ci` it says what to do', async t => {
  const checkout = join(scratch, 'just cloned')
  cpSync(launcher, join(checkout, 'tracker-links'))
  const { code, printed } = await run('./tracker-links', ['help'], { PATH: oldFirst }, checkout)
  t.equal(code, 1)
  t.equal(printed, `tracker-links: its packages are not installed yet. Run: (cd '${checkout}' && npm ci)\n`)
})

t.test('without the packages for development it takes the Node of the machine, if that is new enough', async t => {
  const checkout = join(scratch, 'without development')
  cpSync(launcher, join(checkout, 'tracker-links'))
  for (const name of ['bin', 'src', 'package.json']) symlinkSync(join(root, name), join(checkout, name))
  mkdirSync(join(checkout, 'node_modules'))
  writeFileSync(join(checkout, 'node_modules/.package-lock.json'), '{}')
  const fresh = join(scratch, 'fresh')
  mkdirSync(fresh)
  symlinkSync(process.execPath, join(fresh, 'node'))
  const start = (path: string) => run('./tracker-links', ['--version'], { PATH: path }, checkout)
  t.same(await start(`${fresh}:${oldFirst}`), { code: 0, printed: `${version}\n` })
  t.match(await start(oldFirst), { code: 1, printed: /^tracker-links needs Node 24 or newer; [^\n]+\n$/ })
  const programs = join(scratch, 'programs')
  mkdirSync(programs)
  for (const name of ['sh', 'dirname', 'readlink']) symlinkSync(`/usr/bin/${name}`, join(programs, name))
  t.match(await start(programs), { code: 1, printed: /there is no Node\.js\. Install version 24 or newer/ })
})

t.test('it gives Node the flags and variables that the installed program has', async t => {
  const flags = asUsersStartIt.filter(word => word.startsWith('--')).join(' ')
  const variables = Object.entries(usersVariables)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ')
  t.match(readFileSync(launcher, 'utf8'), `\n${variables} exec "$node" ${flags} "$checkout`)
  const installed = readFileSync(join(root, 'bin/tracker-link-server.js'), 'utf8')
  t.match(installed, `#!/usr/bin/env -S ${variables} node ${flags}\n`)
})

/** Runs a command to its end, in the scratch folder if none is given. */
async function run(command: string, words: string[], more: NodeJS.ProcessEnv = {}, cwd = scratch) {
  const env = { ...process.env, NODE_OPTIONS: '', ...more }
  const child = startProgram(command, words, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
  const output = collectOutput(child)
  return { code: await ended(child), printed: output() }
}

function writeExecutable(file: string, text: string): void {
  writeFileSync(file, text)
  chmodSync(file, 0o755)
}

/** The PATH of the machine, without the checkout's own Node. */
function machinePath(): string {
  const folders = (process.env.PATH ?? '').split(':')
  return folders.filter(folder => !folder.includes('node_modules')).join(':')
}
