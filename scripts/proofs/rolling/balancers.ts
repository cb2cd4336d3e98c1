import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  collectOutput,
  freePort,
  startProgram,
  stopProgram,
  untilAnswered,
} from '../../../test/support/start-program.ts'
import { type Caller, type Cut, callerOf, roundRobin } from './caller.ts'
import { documentedHaproxy, documentedNginx } from './documented.ts'
import { object } from './open-loop.ts'

/** What stands in front of the replicas: how it is started, with a configuration as it is shipped or documented. */
export type Balancer = {
  name: string
  /** The settings of the servers behind it, as documented. */
  env: Record<string, string>
  start: (folder: string, replicas: readonly string[]) => Promise<Running>
}
/** `cut`: calls that a client of its own had to repeat. `log`: the lines that a proxy logged as errors. */
type Running = { call: Caller; stop: () => Promise<void>; cut?: Cut; log?: () => string[] }

const root = join(import.meta.dirname, '../../..')
export const caddyfile = join(root, 'docker/Caddyfile')

export const caddy = (name = 'Caddy', file = caddyfile): Balancer => ({
  name,
  env: {},
  start: async (folder, replicas) => {
    const port = await freePort()
    return await startProxy('caddy', ['run', '--adapter', 'caddyfile', '--config', file], port, {
      PUBLIC_HOST: `http://127.0.0.1:${port}`,
      UPSTREAM: replicas.join(' '),
      HOME: folder,
      XDG_DATA_HOME: folder,
      XDG_CONFIG_HOME: folder,
    })
  },
})

const nginx: Balancer = {
  name: 'nginx',
  env: { DRAIN_SECONDS: '5' },
  start: async (folder, replicas) => {
    const port = await freePort()
    const own = join(folder, 'nginx')
    await mkdir(own, { recursive: true })
    const config = join(own, 'nginx.conf')
    await writeFile(config, documentedNginx(port, replicas, own))
    return await startProxy('nginx', ['-p', own, '-e', 'stderr', '-c', config], port)
  },
}

const haproxy: Balancer = {
  name: 'HAProxy',
  env: {},
  start: async (folder, replicas) => {
    const port = await freePort()
    const config = join(folder, 'haproxy.cfg')
    await writeFile(config, documentedHaproxy(port, replicas))
    return await startProxy('haproxy', ['-db', '-f', config], port)
  },
}

const plain: Balancer = {
  name: 'round robin',
  env: { DRAIN_SECONDS: '5' },
  start: async (_folder, replicas) => {
    const cut = { count: 0 }
    return { call: roundRobin(replicas, cut), stop: async () => {}, cut }
  },
}

/** The same client, but it repeats nothing that it has sent. */
export const plainWithoutRepeat: Balancer = {
  ...plain,
  start: async (_folder, replicas) => ({ call: roundRobin(replicas), stop: async () => {} }),
}

export const balancers: readonly Balancer[] = [caddy(), nginx, haproxy, plain]

async function startProxy(
  command: string,
  words: readonly string[],
  port: number,
  env: Record<string, string> = {},
): Promise<Running> {
  const child = startProgram(command, words, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const output = collectOutput(child)
  const call = callerOf(`127.0.0.1:${port}`)
  await untilAnswered(child, async () => (await call('GET', `/crm/objects/${object}`)).status === 200, {
    what: command,
    output,
  })
  return {
    call,
    stop: async () => {
      await stopProgram(child)
    },
    log: () =>
      output()
        .split('\n')
        .filter(line => /"level":"error"|\[error\]/.test(line)),
  }
}

/** The version of each proxy; `undefined` for one that is not installed. */
export const installedProxies = (): Record<'caddy' | 'nginx' | 'haproxy', string | undefined> => ({
  caddy: versionOf('caddy', 'version'),
  nginx: versionOf('nginx', '-v'),
  haproxy: versionOf('haproxy', '-v'),
})

function versionOf(command: string, word: string): string | undefined {
  const { status, stdout, stderr } = spawnSync(command, [word], { encoding: 'utf8' })
  return status === 0 ? /\d+\.\d+\.\d+/.exec(`${stdout}${stderr}`)?.[0] : undefined
}

/** docker/Caddyfile as it would be without asking for the health of the replicas, written into a folder. */
export async function writeCaddyfileWithoutHealth(folder: string): Promise<string> {
  const file = join(folder, 'Caddyfile')
  const without = readFileSync(caddyfile, 'utf8')
    .replaceAll(/^\s*health_.*\n/gm, '')
    .replace('lb_retries 3', 'lb_try_duration 10s')
    .replace(/\thandle_errors[\s\S]*?\n\t}\n/, '')
  await writeFile(file, without)
  return file
}
