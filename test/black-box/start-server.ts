// Starts the program as a user does: its own process, its own folder, an embedded PostgreSQL. Imports nothing of src.
import { type ChildProcess, execFile } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Test } from 'tap'
import { scratchPlace } from '../support/scratch-place.ts'
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
import { copyUsedData } from '../support/used-data.ts'

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

/** The sample application as a file: with it no sandbox starts, whose links would be among those that a test counts. */
export const demoConfig = `
publicUrl: http://127.0.0.1:8080
applications:
  - id: demo
    path: demo
    name: Demo
    frontUrl: http://127.0.0.1:8080/demo/objects/{{remoteKey}}
    responsible: nobody@example.com
    authorization: { kind: none }
`

/**
 * A running server with the given configuration file, removed after the test. None: `demoConfig` with one object, 1234, or with
 * NODE_ENV empty the program's own trial. That one makes its database; the others find one as an earlier start leaves it.
 */
export async function startServer(
  t: Test,
  { config, env = {} }: { config?: string; env?: NodeJS.ProcessEnv } = {},
): Promise<TestServer> {
  const directory = await mkdtemp(join(scratchPlace, 'tracker-links-'))
  const [port, adminPort] = [await freePort(), await freePort()]
  const isDemo = config === undefined && env.NODE_ENV !== ''
  const text = isDemo ? demoConfig : config
  if (env.NODE_ENV !== '') await copyUsedData(join(directory, 'data'))
  if (text !== undefined) await writeFile(join(directory, 'tracker-links.yaml'), text)
  const ports = { PORT: String(port), ADMIN_PORT: String(adminPort), SANDBOX_PORT: '0' }
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
  if (isDemo) {
    await writeFile(join(directory, 'demo.ndjson'), '{"key":"1234","summary":"Deploy service to production"}')
    const { code, stderr } = await server.command('objects', 'import', 'demo.ndjson')
    if (code !== 0) throw new Error(stderr)
  }
  return server
}
