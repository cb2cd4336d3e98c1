import type { Settings } from '../config/settings.ts'

/** Where this machine reaches the admin port of its server. */
export function adminAddress({ adminHost, adminPort }: Settings): string {
  const host = adminHost === '0.0.0.0' || adminHost === '::' ? 'localhost' : adminHost
  return `http://${host.includes(':') ? `[${host}]` : host}:${adminPort}`
}
