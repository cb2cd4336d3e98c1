import type { ChildProcess } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import {
  asUsersStartIt,
  freePort,
  isWell,
  startProgram,
  stopProgram,
  untilAnswered,
} from '../../test/support/start-program.ts'

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

/** Starts `tracker-links serve`, or another program, in a folder with the given configuration, and waits until it is ready. */
export async function startConfigured(
  folder: string,
  config: object,
  env: Record<string, string> = {},
  words: readonly string[] = [...asUsersStartIt, 'serve'],
): Promise<ConfiguredServer> {
  const [port, adminPort] = await Promise.all([freePort(), freePort()])
  // JSON is YAML.
  await writeFile(join(folder, 'tracker-links.yaml'), JSON.stringify(config))
  const child = startProgram(process.execPath, words, {
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
  const log: LogRecord[] = []
  createInterface({ input: child.stdout as Readable }).on('line', line => {
    if (line.startsWith('{') && !line.includes('"msg":"answered"')) log.push(JSON.parse(line))
  })
  const address = `http://127.0.0.1:${port}`
  await untilAnswered(child, () => isWell(`${address}/health`), {
    what: 'the server',
    output: () => JSON.stringify(log.at(-1)),
  })
  return {
    address,
    adminAddress: `http://127.0.0.1:${adminPort}`,
    log,
    memory: () => memoryOf(child, 'VmRSS'),
    peakMemory: () => memoryOf(child, 'VmHWM'),
    stop: async () => {
      await stopProgram(child)
    },
  }
}

function memoryOf({ pid }: ChildProcess, which: 'VmRSS' | 'VmHWM'): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(new RegExp(`^${which}:\\s+(\\d+)`, 'm').exec(status)?.[1]) * 1024
}
