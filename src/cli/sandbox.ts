import { resolve } from 'node:path'
import closeWithGrace from 'close-with-grace'
import type { Config } from '../config/schema.ts'
import type { Settings } from '../config/settings.ts'
import { createLogger } from '../logging/logger.ts'
import {
  type CliCommand,
  type CliContext,
  type CommandInput,
  CommandRefusal,
  print,
  wholeNumberOption,
} from './command.ts'
import { configOption, readProgram } from './open-program.ts'
import { localAddress } from './sandbox/local-address.ts'
import { type OpenSandbox, openSandbox } from './sandbox/open-sandbox.ts'
import { readSandboxOptions, sandboxOptions } from './sandbox/sandbox-options.ts'

export const sandbox: CliCommand = {
  name: 'sandbox',
  summary: 'play Tracker on this machine, for the configured applications, until stopped (Ctrl-C)',
  options: [
    configOption,
    { flags: '--port <number>', summary: 'port to listen on; 0 takes any free one (default: SANDBOX_PORT)' },
    { flags: '--data <file>', summary: 'file that keeps its issues and links (default: in memory only)' },
    { flags: '--link-server <url>', summary: 'where the server answers (default: from HOST and PORT)' },
    ...sandboxOptions,
  ],
  details: `
It plays both sides of Tracker: its API under /v2 and /v3, and its three calls to the applications, as their registration
sheets describe them. The calls go to the server on this machine instead of publicUrl. Its page shows an issue with the
cards of its objects, beside each the call behind it, and how the answer differs from Tracker's documents.

Its API accepts any token until it is told of some, by sandbox.tokens in the configuration or --token. A token on the
command line is seen by other users of this machine, so name its file (user1=@token.txt) or variable (user1=env:TOKEN).
The roles are admin (may import) and robot (for it an issue is closed for editing earlier).

It uses no database, and keeps nothing after a stop unless --data is given. See docs/sandbox.md.`,
  examples: [
    'sandbox',
    'sandbox --data sandbox.json --link-server http://127.0.0.1:8080',
    'sandbox --token user1=@admin.txt --token links-robot:robot=env:ROBOT_TOKEN',
  ],
  run: runSandbox,
}

async function runSandbox(input: CommandInput, context: CliContext): Promise<number> {
  const { settings, config: configured } = readProgram(input, context)
  const config = { ...configured, sandbox: readSandboxOptions(input, context, configured) }
  const data = typeof input.options.data === 'string' ? input.options.data : undefined
  const linkServer = linkServerAddress(input, settings)
  const host = settings.sandboxHost
  const port =
    input.options.port === undefined
      ? settings.sandboxPort
      : wholeNumberOption(input, 'port', { least: 0, most: 65_535 })
  const dataFile = data === undefined ? undefined : resolve(context.directory, data)
  const log = createLogger('warn', context.stderr)
  const open = await openSandbox({ config, linkServer, host, port, dataFile, log }).catch((error: unknown) => {
    throw refusal(error, { host, port, data })
  })
  const { address, issueAddress } = open
  const callers = callersOf(open, config)
  const text = [
    `Tracker is played on ${address} (its API: ${address}/v3)`,
    `Start with an issue: ${issueAddress}`,
    `Calls go to ${linkServer} (${config.applications.map(({ id }) => id).join(', ')})`,
    callers.length === 0
      ? 'Its API accepts any token'
      : `Its API accepts the tokens of ${callers.map(({ login, roles }) => [login, ...roles].join(' ')).join(', ')}`,
  ].join('\n')
  print(input, context, text, {
    address,
    issueAddress,
    linkServer,
    applications: config.applications.map(({ id }) => id),
    callers,
  })
  return untilStopped(open)
}

/** Whose tokens the API accepts, and what they may do; nobody if it accepts any token. */
function callersOf({ world }: OpenSandbox, { sandbox: { tokens } }: Config) {
  const logins = new Set(tokens.map(({ login }) => login))
  return [...logins].map(login => {
    const { admin = false, robot = false } = world.userByLogin(login) ?? {}
    return { login, roles: [...(admin ? ['admin'] : []), ...(robot ? ['robot'] : [])] }
  })
}

/** Throws CommandRefusal. */
function linkServerAddress(input: CommandInput, settings: Settings): string {
  const written = input.options.linkServer
  if (written === undefined) {
    if (settings.port !== 0) return localAddress({ hostname: settings.host, port: settings.port })
    throw new CommandRefusal('PORT is 0, so name the address of the server: --link-server http://127.0.0.1:8080.')
  }
  const url = URL.parse(String(written))
  if (url && /^https?:$/.test(url.protocol) && url.pathname === '/' && url.search === '' && url.username === '')
    return url.origin
  throw new CommandRefusal(
    `--link-server takes a scheme, a host and a port, such as http://127.0.0.1:8080, not ${written}.`,
  )
}

function refusal(error: unknown, { host, port, data }: { host: string; port: number; data: string | undefined }) {
  const { code, syscall, message } = error as NodeJS.ErrnoException
  if (code === 'EADDRINUSE')
    return new CommandRefusal(`Cannot listen on ${host}, port ${port}: another program listens there. Use --port.`)
  if (syscall === 'listen' || syscall === 'getaddrinfo')
    return new CommandRefusal(`Cannot listen on ${host}, port ${port}: ${message}. Set SANDBOX_HOST and SANDBOX_PORT.`)
  return data === undefined ? error : new CommandRefusal(`The data file ${data} cannot be used: ${message}`)
}

/** Waits for a signal, and lets requests in flight end. Returns the exit code. */
function untilStopped(open: OpenSandbox): Promise<number> {
  return new Promise(resolve => {
    closeWithGrace({ delay: 5000 }, async ({ err }) => {
      await open.close()
      resolve(err ? 1 : 0)
    })
  })
}
