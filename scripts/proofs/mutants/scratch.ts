import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** A copy of the tree, in which files are changed and tests run. `temporary` is where its tests put their files. */
export type Scratch = { tree: string; temporary: string; keeper: ChildProcess }

/** How a test file ended: `text` is what it printed. */
export type TestEnd = { passed: boolean; tooLong: boolean; milliseconds: number; text: string }

/** Copies of a checkout, removed by `close`. Short paths, because those of sockets have to be short. */
export function openScratches(root: string, count: number) {
  const folder = mkdtempSync(join(tmpdir(), 'mutants-'))
  const scratches = Array.from({ length: count }, (_, index) => openScratch(root, join(folder, String(index))))
  return {
    scratches,
    close: async () => {
      for (const { keeper } of scratches) keeper.stdin?.end()
      await Promise.all(scratches.map(keeperEnds))
      rmSync(folder, { recursive: true, force: true, maxRetries: 20 })
    },
  }
}

function openScratch(root: string, folder: string): Scratch {
  const [tree, temporary] = [join(folder, 'tree'), join(folder, 'tmp')]
  for (const path of [tree, temporary]) mkdirSync(path, { recursive: true })
  for (const file of filesOf(root)) cpSync(join(root, file), join(tree, file), { preserveTimestamps: true })
  symlinkSync(join(root, 'node_modules'), join(tree, 'node_modules'))
  return { tree, temporary, keeper: holdKeeper(tree, temporary) }
}

/** The files of the checkout as they are now, those that are not committed included. */
const filesOf = (root: string) =>
  execFileSync('git', ['ls-files', '-co', '--exclude-standard', '--deduplicate'], { cwd: root, encoding: 'utf8' })
    .split('\n')
    .filter(Boolean)

/** Keeps the PostgreSQL of the tests running: the faults in it are for tests that start their own. */
function holdKeeper(tree: string, temporary: string): ChildProcess {
  const program = `
    const { testPostgres, leaveKeeper } = await import(${JSON.stringify(join(tree, 'test/support/test-postgres.ts'))})
    // Its standard input ends with us, however we end.
    process.stdin.resume().once('end', () => void leaveKeeper().finally(() => process.exit()))
    await testPostgres()`
  return spawn(process.execPath, ['--input-type=module', '-e', program], {
    env: { ...process.env, TMPDIR: temporary },
    stdio: ['pipe', 'ignore', 'ignore'],
  })
}

/** Writes a file of the scratch; `text` is the whole of it. */
export const writeScratch = ({ tree }: Scratch, file: string, text: string) => writeFileSync(join(tree, file), text)

/** Runs a test file up to its first failure, and leaves nothing of it running. */
export async function runTest(
  { tree, temporary }: Scratch,
  test: string,
  { longest, coverage }: { longest: number; coverage?: string },
): Promise<TestEnd> {
  const began = performance.now()
  const child = spawn(process.execPath, [test], {
    cwd: tree,
    env: {
      ...process.env,
      TMPDIR: temporary,
      TAP_BAIL: coverage ? '0' : '1',
      TAP_TIMEOUT: String(Math.ceil(longest / 1_000)),
      ...(coverage && { NODE_V8_COVERAGE: coverage }),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A process group of its own, so that it can be ended with what it started.
    detached: true,
  })
  let text = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (piece: Buffer) => {
      // A fault may make a program print for ever.
      if (text.length < 200_000) text += String(piece)
    })
  let tooLong = false
  const timer = setTimeout(() => {
    tooLong = true
    endGroup(child)
  }, longest)
  const [code] = (await once(child, 'exit')) as [number | null]
  clearTimeout(timer)
  endGroup(child)
  endStrays(temporary)
  const milliseconds = performance.now() - began
  return { passed: code === 0 && !tooLong, tooLong, milliseconds, text }
}

/** Waits until the PostgreSQL of a scratch has stopped and removed its files, but no longer than a minute. */
async function keeperEnds({ keeper, temporary }: Scratch): Promise<void> {
  if (keeper.exitCode === null && keeper.signalCode === null) await once(keeper, 'exit')
  for (let times = 0; times < 600 && readdirSync(temporary).some(name => isKeeper(`/${name}`)); times++)
    await sleep(100)
}

function endGroup({ pid }: ChildProcess): void {
  try {
    if (pid) process.kill(-pid, 'SIGKILL')
  } catch {
    // All of it has ended.
  }
}

/** Ends what a test left running with files in the scratch's own folder, and removes these; the keeper's stay. */
function endStrays(temporary: string): void {
  for (const name of process.platform === 'linux' ? readdirSync('/proc') : []) {
    const line = /^\d+$/.test(name) ? readText(`/proc/${name}/cmdline`) : ''
    if (!line.includes(`${temporary}/`) || isKeeper(line)) continue
    try {
      process.kill(Number(name), 'SIGKILL')
    } catch {
      // It has just ended.
    }
  }
  for (const name of readdirSync(temporary))
    if (!isKeeper(`/${name}`)) rmSync(join(temporary, name), { recursive: true, force: true, maxRetries: 5 })
}

/** The folder of the PostgreSQL of the tests, see `test/support/keeper-place.ts`. */
const isKeeper = (text: string) => text.includes('/tracker-links-test-')

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
