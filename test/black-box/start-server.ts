// Starts the program as a user does: its own process, its own folder, an embedded PostgreSQL. Imports nothing of src.
import { type ChildProcess, execFile } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import {
  asUsersStartIt,
  collectOutput,
  freePort,
  isWell,
  program,
  startProgram,
  stopProgram,
  untilAnswered,
} from '../support/start-program.ts'

export type CommandResult = { code: number; stdout: string; stderr: string }

export type TestServer = {
  url: string
  adminUrl: string
  port: number
  directory: string
  process: () => ChildProcess
  /** Everything the server has printed so far. */
  output: () => string
  /** Runs `tracker-links …` in the server's folder. */
  command: (...words: string[]) => Promise<CommandResult>
  /** The environment that it has beside the machine's. */
  env: NodeJS.ProcessEnv
  /** Starts it again after it ended, with more variables if wanted; resolves when it is ready. */
  start: (more?: NodeJS.ProcessEnv) => Promise<void>
  /** Sends a signal and resolves with the exit code (null after SIGKILL). */
  stop: (signal?: NodeJS.Signals) => Promise<number | null>
}

/** A running server with the given configuration file (none: the sample application), removed after the test. */
export async function startServer(
  t: Test,
  { config, env = {} }: { config?: string; env?: NodeJS.ProcessEnv } = {},
): Promise<TestServer> {
  const directory = await mkdtemp(join(tmpdir(), 'tracker-links-'))
  const [port, adminPort] = [await freePort(), await freePort()]
  if (config !== undefined) await writeFile(join(directory, 'tracker-links.yaml'), config)
  const ports = { PORT: String(port), ADMIN_PORT: String(adminPort), SANDBOX_PORT: '0' }
  // In production no sandbox starts by itself: its links would be among those that a test counts.
  const own = { ...ports, NODE_ENV: 'production', LOG_LEVEL: 'trace', DRAIN_SECONDS: '0', ...env }
  const options = { cwd: directory, env: { ...process.env, ...own } }
  let child: ChildProcess
  const outputs: (() => string)[] = []
  const logFolder = process.env.TEST_LOG_DIR
  const log = logFolder && createWriteStream(join(logFolder, `server-${port}.log`), { flags: 'a' })
  const output = () => outputs.map(one => one()).join('')

  const server: TestServer = {
    url: `http://127.0.0.1:${port}`,
    adminUrl: `http://127.0.0.1:${adminPort}`,
    port,
    directory,
    process: () => child,
    output,
    command: (...words) =>
      new Promise(resolve => {
        execFile(
          process.execPath,
          [program, ...words],
          { ...options, maxBuffer: 64 * 1024 * 1024 },
          (error, stdout, stderr) => {
            resolve({ code: typeof error?.code === 'number' ? error.code : error ? 1 : 0, stdout, stderr })
          },
        )
      }),
    env: own,
    start: async (more = {}) => {
      child = startProgram(process.execPath, [...asUsersStartIt, 'serve'], {
        ...options,
        env: { ...options.env, ...more },
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      outputs.push(collectOutput(child))
      if (log) for (const stream of [child.stdout, child.stderr]) stream?.pipe(log, { end: false })
      await untilAnswered(child, () => isWell(`${server.url}/health`), { what: 'the server', output })
    },
    stop: signal => stopProgram(child, signal),
  }
  t.teardown(async () => {
    await server.stop()
    await rm(directory, { recursive: true, force: true })
  })
  await server.start()
  return server
}
