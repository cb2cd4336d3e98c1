import { availableParallelism } from 'node:os'
import type { XStatic } from 'typebox/schema'
import { checkSchema } from './check-schema.ts'
import { ConfigFaults, fieldOf, type PathFault } from './config-faults.ts'
import { readVariable } from './environment/fill-variables.ts'
import { postgresAddressNotes } from './postgres-address.ts'
import { closed, secret, text } from './schemas/schema-parts.ts'
import { faultsOfPairs, readTraceSettings, type TraceSettings, traceSettings } from './trace-settings.ts'
import { faultsOfProxies, listed, trustedProxies } from './trusted-proxies.ts'

/**
 * The settings of the process, by the names of their environment variables: the types, the checks, a table in
 * docs/configuration.md and .env.example are made from them or compared with them.
 */

/** Workers of a server at most: each takes its share of the connections that PostgreSQL has. */
const mostWorkers = 16

/** Seconds for which a server drains if it is watched and nothing else is set. */
export const standardDrain = 5

const host = (description: string) =>
  text(description, {
    format: 'host',
    patternErrorMessage: 'A host is an IP address or a host name, without scheme and port.',
    default: '127.0.0.1',
    examples: ['127.0.0.1'],
  })

const wholeNumber = (description: string, maximum: number, standard?: number) =>
  ({
    type: 'integer',
    description,
    minimum: 0,
    maximum,
    patternErrorMessage: `It is a whole number from 0 to ${maximum}.`,
    ...(standard !== undefined && { default: standard }),
    examples: [standard ?? standardDrain],
  }) as const

const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const

export const settingsSchema = {
  ...closed,
  required: [
    'HOST',
    'PORT',
    'ADMIN_HOST',
    'ADMIN_PORT',
    'SANDBOX_HOST',
    'SANDBOX_PORT',
    'DATA_DIR',
    'LOG_LEVEL',
    'LOG_KEYS',
    'MAX_CONNECTIONS',
    'WORKERS',
  ],
  properties: {
    HOST: host('Address of the public listener, which answers Tracker; `0.0.0.0` for every network of the machine.'),
    PORT: wholeNumber('Port of the public listener; 0 takes any free one.', 65_535, 8080),
    ADMIN_HOST: host('Address of the listener for operators. Keep it off the internet.'),
    ADMIN_PORT: wholeNumber('Port of the listener for operators; 0 takes any free one.', 65_535, 8081),
    ADMIN_ALLOWED_HOSTS: text(
      'Host names under which the listener for operators is called, beside `localhost` and `ADMIN_HOST`, with commas between: the name of a service in Compose, for example. Calls by an IP address are always answered. Any other name is refused, so that no web page can reach this port through the browser of an operator.',
      {
        pattern: '^[\\w.-]+( *, *[\\w.-]+)*$',
        patternErrorMessage: 'They are host names without scheme and port, with commas between.',
        examples: ['server,links.internal.example.com'],
      },
    ),
    TRUSTED_PROXIES: trustedProxies,
    SANDBOX_HOST: host('Address of the sandbox, which plays Tracker. Keep it off the internet.'),
    SANDBOX_PORT: wholeNumber('Port of the sandbox; 0 takes any free one.', 65_535, 8082),
    DATA_DIR: text(
      'Folder of the embedded PostgreSQL; a relative one starts at the working folder, or at the `.env` that sets it.',
      { default: './data' },
    ),
    DATABASE_URL: secret(
      'Address of a PostgreSQL server; without it the embedded one runs. `DATABASE_URL_FILE` may name a file that holds it instead.',
      {
        ...postgresAddressNotes,
        examples: ['postgresql://tracker_links:password@db.example.com:5432/tracker_links'],
      },
    ),
    LOG_LEVEL: { enum: logLevels, description: 'The least severe messages that are logged.', default: 'info' },
    LOG_KEYS: {
      enum: ['true', 'false'],
      description:
        'Whether records of the log name issues and objects by their keys; `false` where the log goes to people who must not see them. The request log in the database has them in any case.',
      default: 'true',
    },
    TRACKER_LINKS_CONFIG: text(
      'The configuration file; `--config` takes precedence. Without either: `tracker-links.yaml`, if it exists.',
      { examples: ['/etc/tracker-links/tracker-links.yaml'] },
    ),
    MAX_CONNECTIONS: {
      ...wholeNumber(
        'Connections that may be open at the same time on each of the two listeners; further ones are answered 503.',
        65_535,
        8_192,
      ),
      minimum: 16,
      patternErrorMessage: 'It is a whole number from 16 to 65535.',
    },
    WORKERS: text(
      `Processes that answer calls, 1 to ${mostWorkers}; \`auto\`: as many as the processor has cores. With more than one the server starts them, replaces one that dies, and stops them; each takes 10 connections to the database, and what is limited by process is multiplied. See [several workers](deploy.md#several-workers).`,
      {
        pattern: '^(auto|[1-9]|1[0-6])$',
        patternErrorMessage: `It is \`auto\` or a whole number from 1 to ${mostWorkers}.`,
        default: '1',
        examples: ['auto'],
      },
    ),
    DRAIN_SECONDS: wholeNumber(
      `Seconds for which the server still answers after SIGTERM while it reports that it is not ready. Not set: ${standardDrain} if anybody asked for its health in the minute before, otherwise 0, since nobody would notice.`,
      300,
    ),
    ...traceSettings,
  },
} as const

export type LogLevel = (typeof logLevels)[number]

/** The settings of the process. */
export type Settings = {
  host: string
  port: number
  adminHost: string
  adminPort: number
  /** Names under which the listener for operators answers, beside its host. */
  adminAllowedHosts: readonly string[]
  /** Addresses and networks whose X-Forwarded-For is believed. */
  trustedProxies: readonly string[]
  sandboxHost: string
  sandboxPort: number
  dataDirectory: string
  databaseUrl: string | undefined
  logLevel: LogLevel
  /** Whether the log names issues and objects. */
  logKeys: boolean
  configFile: string | undefined
  /** How long the server still answers after SIGTERM while it reports that it is not ready; undefined: see `drain`. */
  drainSeconds: number | undefined
  /** Connections that each listener may have open. */
  maxConnections: number
  /** Processes that answer calls. */
  workers: number
  /** Undefined: nothing is traced. */
  traces: TraceSettings | undefined
}

/** Reads the settings from the environment; an empty variable counts as not set. Throws ConfigFaults with all faults. */
export function readSettings(env: NodeJS.ProcessEnv): Settings {
  const databaseUrl = readDatabaseUrl(env)
  const entries = Object.entries(settingsSchema.properties).map(([name, schema]) => {
    const { type, default: standard } = schema as { type?: string; default?: unknown }
    const written = name === 'DATABASE_URL' ? databaseUrl.text : env[name] || undefined
    return [name, written === undefined ? standard : type === 'integer' ? asNumber(written) : written]
  })
  const values = Object.fromEntries(entries.filter(([, value]) => value !== undefined)) as XStatic<
    typeof settingsSchema
  >
  const faults = [
    ...databaseUrl.faults,
    ...checkSchema(settingsSchema, values),
    ...samePort(values),
    ...faultsOfPairs(values),
    ...faultsOfProxies(values.TRUSTED_PROXIES),
  ]
  if (faults.length > 0) {
    throw new ConfigFaults(faults.map(({ path, rule, hint }) => ({ field: fieldOf(path), rule, hint })))
  }
  return {
    host: values.HOST,
    port: values.PORT,
    adminHost: values.ADMIN_HOST,
    adminPort: values.ADMIN_PORT,
    adminAllowedHosts: listed(values.ADMIN_ALLOWED_HOSTS),
    trustedProxies: listed(values.TRUSTED_PROXIES),
    sandboxHost: values.SANDBOX_HOST,
    sandboxPort: values.SANDBOX_PORT,
    dataDirectory: values.DATA_DIR,
    databaseUrl: values.DATABASE_URL,
    logLevel: values.LOG_LEVEL,
    logKeys: values.LOG_KEYS === 'true',
    configFile: values.TRACKER_LINKS_CONFIG,
    drainSeconds: values.DRAIN_SECONDS,
    maxConnections: values.MAX_CONNECTIONS,
    workers: values.WORKERS === 'auto' ? Math.min(availableParallelism(), mostWorkers) : Number(values.WORKERS),
    traces: readTraceSettings(values),
  }
}

/** Digits become a number; anything else stays text, which the schema refuses. */
const asNumber = (written: string) => (/^\d{1,9}$/.test(written) ? Number(written) : written)

function readDatabaseUrl(env: NodeJS.ProcessEnv): { text?: string; faults: PathFault[] } {
  if (!env.DATABASE_URL && !env.DATABASE_URL_FILE) return { faults: [] }
  const variable = readVariable('DATABASE_URL', env)
  return 'text' in variable
    ? { text: variable.text, faults: [] }
    : { faults: [{ path: ['DATABASE_URL'], ...variable }] }
}

/** Two listeners cannot share one address. */
function samePort({ HOST, PORT, ADMIN_HOST, ADMIN_PORT }: XStatic<typeof settingsSchema>): PathFault[] {
  if (PORT !== ADMIN_PORT || PORT === 0) return []
  if (HOST !== ADMIN_HOST && ![HOST, ADMIN_HOST].some(host => host === '0.0.0.0' || host === '::')) return []
  return [
    {
      path: ['ADMIN_PORT'],
      rule: 'PORT and ADMIN_PORT are the same on the same address',
      hint: 'Give the two listeners different ports.',
    },
  ]
}
