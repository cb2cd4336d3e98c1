import { type DatabaseFault, readDatabaseFault } from './database-fault.ts'

/** Why something does not work: a stable code, what happened, and what to do. It never holds a password. */
export type Reason = { code: ReasonCode; message: string; hint: string }

export type ReasonCode = keyof typeof causes | (typeof otherCodes)[number]

/** Those that no error gives. */
const otherCodes = [
  'clock-skew',
  'database-moved',
  'log-not-written',
  'migration-running',
  'schema-newer',
  'stopping',
  'workers-missing',
] as const

/** A database as it is told of. */
export type DatabasePlace = {
  /** In words, without user and password. */
  description: string
  isEmbedded: boolean
  /** Embedded: what PostgreSQL last said, while it is down. */
  lastWords?: () => string | undefined
}

/** What is said of a database, and what to do. */
const causes = {
  'database-host-unknown': [
    'has a host that cannot be found',
    'Correct the host in DATABASE_URL, or the DNS of this machine.',
  ],
  'database-connection-refused': [
    'accepts no connections',
    'Start PostgreSQL there, or correct host and port in DATABASE_URL; over a network it must listen there (listen_addresses).',
  ],
  'database-unreachable': [
    'cannot be reached',
    'Check whether its machine is up, and the network, firewall or folder between.',
  ],
  'database-timeout': [
    'does not answer in time',
    'Check whether its machine is up, frozen or overloaded, and whether a firewall drops the connection.',
  ],
  'database-connection-closed': [
    'closed the connection',
    "See PostgreSQL's own log: it may be restarting, or something between may close connections.",
  ],
  'database-restarting': ['is starting, recovering or stopping', "Wait; if that takes long, see PostgreSQL's own log."],
  'database-password-refused': [
    'refuses the user or the password of DATABASE_URL',
    'Correct them, or set the password with ALTER ROLE … PASSWORD.',
  ],
  'database-access-denied': [
    'does not admit the user of DATABASE_URL',
    'Give the role LOGIN, or a line in pg_hba.conf, which may require TLS: add ?sslmode=verify-full.',
  ],
  'database-missing': ['does not exist', 'Create it with CREATE DATABASE, or correct DATABASE_URL.'],
  'database-tls': [
    'cannot be reached over TLS as DATABASE_URL requires',
    'Compare sslmode and sslrootcert (the file with the CA certificate) with what the server offers.',
  ],
  'database-connections-used-up': [
    'has no connection free',
    'Raise max_connections, or end sessions that others left open (pg_stat_activity).',
  ],
  'database-read-only': ['takes no changes', 'Make it writable.'],
  'database-disk-full': [
    'has a full disk',
    'Free space on the disk of its data, or give it a larger one. The server goes on by itself then.',
  ],
  'rights-missing': ['refuses a right to the user of DATABASE_URL', 'Give the role the right that is named.'],
  'schema-behind': [
    'does not have the tables of this version',
    'Run `tracker-links migrate`, or start the server again. After a restored backup that is expected.',
  ],
  'database-unusable': ['cannot be used', "See PostgreSQL's own log."],
} as const

/** Every code there is; docs/deploy.md explains each. */
export const reasonCodes: readonly string[] = [...Object.keys(causes), ...otherCodes]

/** The reason that an error of a database gives. The one place that decides it. */
export function databaseReason(error: unknown, place: DatabasePlace): Reason {
  const fault = readDatabaseFault(error)
  const code = fault === undefined ? 'database-unusable' : codeOf(fault)
  const [says, hint] = causes[code]
  const lastWords = place.lastWords?.()
  const embedded = lastWords === undefined ? embeddedHint : `${embeddedHint} Its last words: ${lastWords}`
  return {
    code,
    message: `${place.description} ${says} (${textOf(error)}).`,
    hint: place.isEmbedded && isAway.has(code) ? embedded : hint,
  }
}

const embeddedHint =
  'The server that runs it starts it again. If that does not help, see the end of postgres/log in the data folder (DATA_DIR).'

const isAway: ReadonlySet<string> = new Set<ReasonCode>([
  'database-host-unknown',
  'database-connection-refused',
  'database-unreachable',
  'database-connection-closed',
  'database-restarting',
  'database-missing',
])

/** The driver's own message, for the log and for operators. */
export function textOf(error: unknown): string {
  const cause = (error as { cause?: { originalMessage?: string; kind?: string; reason?: string } }).cause
  return (
    cause?.originalMessage ?? cause?.reason ?? cause?.kind ?? (error instanceof Error ? error.message : String(error))
  )
}

function codeOf({ sqlState, systemCode, kind }: DatabaseFault): keyof typeof causes {
  const told = sqlState === undefined ? undefined : (bySqlState[sqlState] ?? bySqlState[sqlState.slice(0, 2)])
  return told ?? bySystemCode[systemCode ?? ''] ?? byKind[kind ?? ''] ?? 'database-unusable'
}

const bySqlState: Readonly<Record<string, keyof typeof causes>> = {
  '08': 'database-connection-closed',
  '25006': 'database-read-only',
  '28P01': 'database-password-refused',
  '28': 'database-access-denied',
  '3D': 'database-missing',
  '3F000': 'rights-missing', // no schema that the role may use
  '42501': 'rights-missing',
  '42P01': 'schema-behind',
  '42703': 'schema-behind',
  '42704': 'schema-behind',
  '53100': 'database-disk-full',
  '53300': 'database-connections-used-up',
  '57P01': 'database-restarting',
  '57P02': 'database-restarting',
  '57P03': 'database-restarting',
  '57014': 'database-timeout',
  '55P03': 'database-timeout',
}

const bySystemCode: Readonly<Record<string, keyof typeof causes>> = {
  ENOTFOUND: 'database-host-unknown',
  EAI_AGAIN: 'database-host-unknown',
  ECONNREFUSED: 'database-connection-refused',
  // No such socket.
  ENOENT: 'database-connection-refused',
  ETIMEDOUT: 'database-timeout',
}

/** Kinds of the adapter. */
const byKind: Readonly<Record<string, keyof typeof causes>> = {
  DatabaseNotReachable: 'database-unreachable',
  ConnectionClosed: 'database-connection-closed',
  SocketTimeout: 'database-timeout',
  AuthenticationFailed: 'database-password-refused',
  DatabaseAccessDenied: 'database-access-denied',
  DatabaseDoesNotExist: 'database-missing',
  TlsConnectionError: 'database-tls',
  TooManyConnections: 'database-connections-used-up',
}
