import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { fileURLToPath } from 'node:url'

export const program = fileURLToPath(new URL('../../bin/tracker-links.js', import.meta.url))

/** The program and what its first line tells Node (`#!/usr/bin/env -S node --flag`), as arguments of Node. */
export const asUsersStartIt: readonly string[] = [
  ...(readFileSync(program, 'utf8').split('\n', 1)[0] ?? '').split(' ').filter(word => word.startsWith('--')),
  program,
]

/** Whether something answers at an address with success. */
export async function isWell(address: string): Promise<boolean> {
  return await fetch(address).then(
    ({ ok }) => ok,
    () => false,
  )
}

/** A TCP port of the loopback interface that nothing listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
