import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const program = fileURLToPath(new URL('../../bin/tracker-links.js', import.meta.url))

/** A server under test, with an application `crm` whose objects are pushed, on an embedded PostgreSQL of its own. */
export type PushServer = {
  /** Address of the management API. */
  address: string
  /** An API key that may do everything. */
  apiKey: string
  process: ChildProcess
  /** The most memory that the process ever had, in MB, PostgreSQL not counted; undefined where the machine does not tell. */
  peakMemory: () => Promise<number | undefined>
  stop: () => Promise<void>
}

const config = `publicUrl: https://links.example.com
applications:
  - id: crm
    name: Example CRM
    frontUrl: https://crm.example.com/{{remoteKey}}
    defaultIconUrl: https://crm.example.com/icon.svg
    responsible: crm@example.com
    authorization: { kind: none }
`

/** Starts `tracker-links serve` in a folder of its own, and waits until it is ready. */
export async function startPushServer(): Promise<PushServer> {
  const folder = await mkdtemp(join(tmpdir(), 'tracker-links-push-'))
  await writeFile(join(folder, 'tracker-links.yaml'), config)
  const [port, adminPort] = [await freePort(), await freePort()]
  const env = {
    ...process.env,
    PORT: String(port),
    ADMIN_PORT: String(adminPort),
    HOST: '127.0.0.1',
    LOG_LEVEL: 'error',
    DRAIN_SECONDS: '0',
  }
  // As `npm start` starts it.
  const child = spawn(process.execPath, ['--max-semi-space-size=8', '--heap-growing-percent=50', program, 'serve'], {
    cwd: folder,
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const address = `http://127.0.0.1:${adminPort}`
  const deadline = performance.now() + 30_000
  while (
    !(await fetch(`${address}/health/ready`).then(
      ({ ok }) => ok,
      () => false,
    ))
  ) {
    if (child.exitCode !== null || performance.now() > deadline) throw new Error('The server did not become ready.')
    await sleep(20)
  }
  return {
    address,
    apiKey: await createKey(folder, env),
    process: child,
    peakMemory: async () => {
      const status = await readFile(`/proc/${child.pid}/status`, 'utf8').catch(() => '')
      const kilobytes = /^VmHWM:\s+(\d+)/m.exec(status)?.[1]
      return kilobytes === undefined ? undefined : Math.round(Number(kilobytes) / 1024)
    },
    stop: async () => {
      const exit = once(child, 'exit')
      child.kill()
      await exit
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function createKey(folder: string, env: NodeJS.ProcessEnv): Promise<string> {
  const child = spawn(process.execPath, [program, 'keys', 'create', '--name', 'push test', '--scope', 'admin'], {
    cwd: folder,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let printed = ''
  for await (const chunk of child.stdout) printed += String(chunk)
  const key = /tlk_[A-Za-z0-9_-]+/.exec(printed)?.[0]
  if (key === undefined) throw new Error(`No API key was made: ${printed}`)
  return key
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address ? address.port : 0
}
