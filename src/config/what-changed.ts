import { isDeepStrictEqual } from 'node:util'
import type { Config } from './schema.ts'
import type { Settings } from './settings.ts'

/** The ids of the applications in which two configurations differ. */
export type ApplicationChanges = { added: string[]; removed: string[]; changed: string[] }

/** Which applications a configuration has more, less, or otherwise than the former one. */
export function whatChanged(former: Config, next: Config): ApplicationChanges {
  const known = new Map(former.applications.map(application => [application.id, application]))
  const ids = next.applications.map(({ id }) => id)
  return {
    added: ids.filter(id => !known.has(id)),
    removed: [...known.keys()].filter(id => !ids.includes(id)),
    changed: next.applications
      .filter(application => {
        const before = known.get(application.id)
        return before !== undefined && !isDeepStrictEqual(before, application)
      })
      .map(({ id }) => id),
  }
}

/** The settings that only a start can change, by their variables. */
const settingsOfAStart = {
  host: 'HOST',
  port: 'PORT',
  adminHost: 'ADMIN_HOST',
  adminPort: 'ADMIN_PORT',
  adminAllowedHosts: 'ADMIN_ALLOWED_HOSTS',
  trustedProxies: 'TRUSTED_PROXIES',
  maxConnections: 'MAX_CONNECTIONS',
  dataDirectory: 'DATA_DIR',
  databaseUrl: 'DATABASE_URL',
  drainSeconds: 'DRAIN_SECONDS',
  logKeys: 'LOG_KEYS',
  workers: 'WORKERS',
  traces: 'OTEL_*',
} as const satisfies Partial<Record<keyof Settings, string>>

/** Names of the variables that differ and that only a start can change. */
export function settingsToRestartFor(former: Settings, next: Settings): string[] {
  return Object.entries(settingsOfAStart)
    .filter(([setting]) => !isDeepStrictEqual(former[setting as keyof Settings], next[setting as keyof Settings]))
    .map(([, name]) => name)
}
