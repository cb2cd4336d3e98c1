import type { ChildProcess } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import {
  asUsersStartIt,
  ended,
  freePort,
  isWell,
  startProgram,
  stopProgram,
  untilAnswered,
} from '../../../test/support/start-program.ts'

/** A server that is killed and started again on the same ports. */
export type Replica = {
  port: number
  adminAddress: string
  kill: () => Promise<void>
  start: () => Promise<void>
  stop: () => Promise<void>
}

const preloaded = (files: readonly string[]) => files.flatMap(file => ['--import', file])

/** Starts `tracker-links serve` in a folder, and waits until it is ready. `preload` is a program that changes it. */
export async function startReplica(
  folder: string,
  env: Record<string, string>,
  preload: readonly string[] = [],
): Promise<Replica> {
  const [port, adminPort] = [await freePort(), await freePort()]
  let child: ChildProcess | undefined
  const start = async () => {
    child = startProgram(process.execPath, [...preloaded(preload), ...asUsersStartIt, 'serve'], {
      cwd: folder,
      env: {
        ...process.env,
        HOST: '127.0.0.1',
        PORT: `${port}`,
        ADMIN_PORT: `${adminPort}`,
        DRAIN_SECONDS: '0',
        ...env,
      },
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    // A start may come while the database is away: `/health` says when it serves.
    await untilAnswered(child, () => isWell(`http://127.0.0.1:${port}/health`), { what: 'the server', every: 50 })
  }
  await start()
  const end = async (signal: NodeJS.Signals) => {
    if (child) await stopProgram(child, signal)
  }
  return {
    port,
    adminAddress: `http://127.0.0.1:${adminPort}`,
    kill: () => end('SIGKILL'),
    start,
    stop: () => end('SIGTERM'),
  }
}

/** Starts the sandbox, and waits until it answers. */
export async function startSandbox(folder: string, linkServer: string, port: number): Promise<ChildProcess> {
  const words = ['sandbox', '--port', `${port}`, '--link-server', linkServer]
  const child = startProgram(process.execPath, [...asUsersStartIt, ...words], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  await untilAnswered(child, () => isWell(`http://127.0.0.1:${port}/sandbox/settings`), { what: 'the sandbox' })
  return child
}

/** What a command printed, and its exit code. */
export type Ran = { code: number | null; out: string; errors: string }

/** Starts a command of `tracker-links`; `ended` resolves once it has ended. */
export function startCommand(
  folder: string,
  words: readonly string[],
  env: Record<string, string>,
  preload: readonly string[] = [],
) {
  const child = startProgram(process.execPath, [...preloaded(preload), ...asUsersStartIt, ...words], {
    cwd: folder,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const printed = [text(child.stdout as Readable), text(child.stderr as Readable)] as const
  const done = async (): Promise<Ran> => {
    const code = await ended(child)
    const [out, errors] = await Promise.all(printed)
    return { code, out, errors }
  }
  return { child, ended: done() }
}

export const runCommand = (...command: Parameters<typeof startCommand>): Promise<Ran> => startCommand(...command).ended

/** The token of the triggers. */
export const triggerToken = 'canary-triggers-of-the-proofs-0123456789'

/** The configuration of the proofs: one application whose Tracker is the sandbox. JSON is YAML. */
export async function writeConfig(
  folder: string,
  { tracker, rate, mirror = true }: { tracker: string; rate: number; mirror?: boolean },
): Promise<void> {
  const application = {
    id: 'crm',
    name: 'Example CRM',
    frontUrl: 'https://crm.example.com/{{remoteKey}}',
    defaultIconUrl: 'https://crm.example.com/icon.svg',
    responsible: 'crm@example.com',
    authorization: { kind: 'none' },
    mirror,
    triggers: { token: triggerToken },
  }
  const organization = { kind: 'yandex360', id: '1', token: 'canary-mirror', url: tracker }
  const config = {
    publicUrl: 'https://links.example.com',
    applications: [application],
    organizations: { main: { ...organization, rate: { search: rate, other: rate } } },
    // The mirror has a user of its own, so that its links can be told from those of people.
    sandbox: {
      tokens: [
        { login: 'user1', token: 'canary-agree', roles: ['admin'] },
        { login: 'links-mirror', token: 'canary-mirror' },
      ],
    },
  }
  await writeFile(join(folder, 'tracker-links.yaml'), JSON.stringify(config))
}
