import type { Settings } from './settings.ts'

/** What the owner should know of where the listener for operators can be reached, in sentences. */
export function adminPortNotices({ adminHost, adminPort }: Settings): string[] {
  if (!/^(0\.0\.0\.0|[0:]*:[0:]*)$/.test(adminHost)) return []
  return [
    `the port for operators (${adminPort}) is open to every network of this machine: ADMIN_HOST is ${adminHost}; set it to 127.0.0.1 or an address of a private network, unless a firewall or a container keeps strangers out`,
  ]
}
