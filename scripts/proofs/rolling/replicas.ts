import type { ChildProcess } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  asUsersStartIt,
  collectOutput,
  freePort,
  isWell,
  startProgram,
  stopProgram,
  untilAnswered,
} from '../../../test/support/start-program.ts'

/** A server that is stopped and started again on the same ports. */
export type Replica = {
  /** `host:port` of its public listener. */
  address: string
  /** Stops it as an update does, and starts it once it has ended: its port is its own until then. */
  restart: () => Promise<void>
  /** Ends it without a word, and starts it. */
  kill: () => Promise<void>
  stop: () => Promise<void>
  /** The lines that it logged as errors. */
  log: () => string[]
}

export const config = {
  publicUrl: 'https://links.example.com',
  applications: [
    {
      id: 'crm',
      name: 'Example CRM',
      frontUrl: 'https://crm.example.com/{{remoteKey}}',
      responsible: 'crm@example.com',
      authorization: { kind: 'none' },
    },
  ],
}

/** Starts so many servers on one database, and waits until all are ready. */
export async function startReplicas(folder: string, count: number, env: Record<string, string>): Promise<Replica[]> {
  // JSON is YAML.
  await writeFile(join(folder, 'tracker-links.yaml'), JSON.stringify(config))
  return await Promise.all(Array.from({ length: count }, () => startReplica(folder, env)))
}

async function startReplica(folder: string, env: Record<string, string>): Promise<Replica> {
  const [port, adminPort] = [await freePort(), await freePort()]
  const address = `127.0.0.1:${port}`
  const outputs: (() => string)[] = []
  const start = async (): Promise<ChildProcess> => {
    const child = startProgram(process.execPath, [...asUsersStartIt, 'serve'], {
      cwd: folder,
      env: {
        ...process.env,
        HOST: '127.0.0.1',
        PORT: String(port),
        ADMIN_PORT: String(adminPort),
        LOG_LEVEL: 'error',
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    outputs.push(collectOutput(child))
    // Asked on the admin port only once, and not on the public one: who balances decides whether anybody asks for the health.
    await untilAnswered(child, () => isWell(`http://127.0.0.1:${adminPort}/health/live`), { what: address })
    return child
  }
  let child = await start()
  const again = async (signal: NodeJS.Signals) => {
    const code = await stopProgram(child, signal)
    if (signal === 'SIGTERM' && code !== 0) throw new Error(`${address} ended with ${code}`)
    child = await start()
  }
  return {
    address,
    restart: () => again('SIGTERM'),
    kill: () => again('SIGKILL'),
    stop: async () => {
      await stopProgram(child, 'SIGINT')
    },
    log: () => outputs.flatMap(output => output().split('\n').filter(Boolean)),
  }
}
