import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { asUsersStartIt, freePort, isWell } from './program.ts'

const started = new Set<ChildProcess>()
// Nothing is left behind where the script itself fails.
process.once('exit', () => {
  for (const child of started) child.kill('SIGKILL')
})

/** One record of a server's log. */
export type LogRecord = { level: string; time: string; msg: string; [field: string]: unknown }

/** A server under test, and what it wrote to its log. */
export type ConfiguredServer = {
  address: string
  adminAddress: string
  log: LogRecord[]
  /** Bytes that it holds in memory now, and the most that it ever held; PostgreSQL not counted. */
  memory: () => number
  peakMemory: () => number
  stop: () => Promise<void>
}

/** Starts `tracker-links serve` in a folder with the given configuration, and waits until it is ready. */
export async function startConfigured(
  folder: string,
  config: object,
  env: Record<string, string> = {},
): Promise<ConfiguredServer> {
  const [port, adminPort] = await Promise.all([freePort(), freePort()])
  // JSON is YAML.
  await writeFile(join(folder, 'tracker-links.yaml'), JSON.stringify(config))
  const child = spawn(process.execPath, [...asUsersStartIt, 'serve'], {
    cwd: folder,
    env: {
      ...process.env,
      HOST: '127.0.0.1',
      PORT: String(port),
      ADMIN_PORT: String(adminPort),
      DRAIN_SECONDS: '0',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  started.add(child)
  child.once('exit', () => started.delete(child))
  const log: LogRecord[] = []
  createInterface({ input: child.stdout }).on('line', line => {
    if (line.startsWith('{') && !line.includes('"msg":"answered"')) log.push(JSON.parse(line))
  })
  const address = `http://127.0.0.1:${port}`
  const end = performance.now() + 30_000
  while (!(await isWell(`${address}/health`))) {
    if (child.exitCode !== null || performance.now() > end)
      throw new Error(`the server did not become ready (exit code ${child.exitCode}): ${JSON.stringify(log.at(-1))}`)
    await sleep(20)
  }
  return {
    address,
    adminAddress: `http://127.0.0.1:${adminPort}`,
    log,
    memory: () => memoryOf(child, 'VmRSS'),
    peakMemory: () => memoryOf(child, 'VmHWM'),
    stop: async () => {
      const exit = once(child, 'exit')
      child.kill('SIGTERM')
      await exit
    },
  }
}

function memoryOf({ pid }: ChildProcess, which: 'VmRSS' | 'VmHWM'): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(new RegExp(`^${which}:\\s+(\\d+)`, 'm').exec(status)?.[1]) * 1024
}
