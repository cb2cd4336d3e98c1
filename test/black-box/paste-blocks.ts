// Pastes the blocks of a page into shells, as a reader does, each into a terminal of its own. Imports nothing of src.
import type { ChildProcess } from 'node:child_process'
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Test } from 'tap'
import { scratchPlace } from '../support/scratch-place.ts'
import { asUsersStartIt, collectOutput, ended, freePort, hasEnded, startProgram } from '../support/start-program.ts'

const launcher = join(import.meta.dirname, '../../tracker-links')

/** A block of shell, and the text between it and the block before it. */
export type Block = { code: string; before: string }

/** A folder to work in, with the launcher of a checkout and a command that stands for npm, and ports of its own. */
export type Desk = { directory: string; port: number; env: NodeJS.ProcessEnv }

/** What became of a pasted block: it ended, or a server of it runs and nothing that stands behind it. */
export type Pasted = { terminal: Terminal; stays: boolean; fault?: string }

type Terminal = { shell: ChildProcess; output: () => string }

/** The blocks of a page in its order. */
export function blocksOf(page: string): Block[] {
  const parts = page.split(/^```(\w*)\n([\s\S]*?)^```$/m)
  const blocks: Block[] = []
  for (let at = 0, before = ''; at + 2 < parts.length; at += 3) {
    before += parts[at]
    if (parts[at + 1] !== 'sh') continue
    blocks.push({ code: parts[at + 2] as string, before })
    before = ''
  }
  return blocks
}

export async function openDesk(t: Test): Promise<Desk> {
  const directory = await mkdtemp(join(scratchPlace, 'tracker-links-page-'))
  t.teardown(() => rm(directory, { recursive: true, force: true }))
  const commands = join(directory, 'commands')
  await mkdir(commands)
  const node = `exec '${process.execPath}'`
  await symlink(launcher, join(directory, 'tracker-links'))
  const scripts = {
    // Installing and testing are checked on a fresh clone, not here.
    npm: `[ "$1" != start ] || ${node} ${asUsersStartIt.map(word => `'${word}'`).join(' ')} serve`,
  }
  for (const [name, line] of Object.entries(scripts)) {
    await writeFile(join(commands, name), `#!/bin/sh\n${line}\n`)
    await chmod(join(commands, name), 0o755)
  }
  const port = await freePort()
  const ports = { PORT: String(port), ADMIN_PORT: String(await freePort()), SANDBOX_PORT: '0' }
  const env = { ...process.env, ...ports, PATH: `${commands}:${process.env.PATH}`, NODE_ENV: '', DRAIN_SECONDS: '0' }
  return { directory, port, env }
}

/** Pastes a block into a new terminal, and waits until it has ended or a server runs. */
export async function paste(t: Test, { code }: Pick<Block, 'code'>, { directory, port, env }: Desk): Promise<Pasted> {
  const shell = startProgram('bash', ['--norc', '-s'], { cwd: directory, env, detached: true, stdio: 'pipe' })
  const terminal = { shell, output: collectOutput(shell) }
  t.teardown(() => pressCtrlC(terminal))
  const pasted = code
    // The one thing that a reader has to fill in.
    .replace(/^git clone .*$/m, 'true')
    .replaceAll('localhost:8080', `127.0.0.1:${port}`)
  // Bash reads one line at a time, and a program that stays leaves the others unread, as in a terminal.
  shell.stdin?.write(
    `trap 'failed=yes' ERR\nPS4='run: '\nset -x\n${pasted}\n{ set +x; } 2>&-\nprintf '\\nover: %s\\n' "$failed"\n`,
  )
  for (const deadline = performance.now() + 60_000; performance.now() < deadline && !hasEnded(shell); await sleep(20)) {
    const [, failed] = /^over: (.*)$/m.exec(terminal.output()) ?? []
    if (failed !== undefined) return { terminal, stays: false, ...(failed !== '' && { fault: 'a command fails' }) }
    if (terminal.output().includes('"msg":"ready"')) return { terminal, stays: true }
  }
  return {
    terminal,
    stays: false,
    fault: hasEnded(shell) ? 'the shell ended' : 'it neither ends nor says that it is ready',
  }
}

/** What is wrong with a block, by what became of it; undefined if a reader gets along with it. */
export function faultOf({ code, before }: Block, { terminal, stays, fault }: Pasted): string | undefined {
  if (fault !== undefined) return fault
  const said = /stays running/.test(before)
  if (!stays) return said ? 'it is said to stay running, and ends' : undefined
  if (!said) return 'the text above does not say that it stays running'
  const running =
    terminal
      .output()
      .match(/^run: .*$/gm)
      ?.at(-1)
      ?.slice('run: '.length) ?? ''
  return code.trimEnd().endsWith(running) ? undefined : `what stands behind \`${running}\` is never run`
}

/** Ends what runs in a terminal, and closes it. */
export async function pressCtrlC({ shell }: Terminal): Promise<void> {
  shell.stdin?.destroy()
  if (!hasEnded(shell) && shell.pid !== undefined) process.kill(-shell.pid, 'SIGINT')
  await ended(shell)
}
