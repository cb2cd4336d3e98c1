import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { asUsersStartIt } from '../../../test/support/start-program.ts'
import { startConfigured } from '../configured-server.ts'

/** A server under test, with an application `crm` whose objects are pushed, on an embedded PostgreSQL of its own. */
export type PushServer = {
  /** Address of the management API. */
  address: string
  /** An API key that may do everything. */
  apiKey: string
  /** The most memory that the process ever had, in MB, PostgreSQL not counted. */
  peakMemory: () => number
  stop: () => Promise<void>
}

const config = {
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

/** Starts `tracker-links serve` in a folder of its own, and waits until it is ready. */
export async function startPushServer(): Promise<PushServer> {
  const folder = await mkdtemp(join(tmpdir(), 'tracker-links-push-'))
  const server = await startConfigured(folder, config, { LOG_LEVEL: 'error' })
  const words = [...asUsersStartIt, 'keys', 'create', '--name', 'push test', '--scope', 'admin']
  const { stdout } = await promisify(execFile)(process.execPath, words, { cwd: folder })
  return {
    address: server.adminAddress,
    apiKey: stdout.trim(),
    peakMemory: () => Math.round(server.peakMemory() / 1024 / 1024),
    stop: async () => {
      await server.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
