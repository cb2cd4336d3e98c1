import { request } from 'undici'
import { newApiKey } from '../management-api/api-key.ts'
import type { Reloaded } from '../management-api/reload.ts'
import { createApiKey, revokeApiKey } from '../storage/keys/api-keys.ts'
import type { Storage } from '../storage/open-storage.ts'
import { adminAddress } from './admin-address.ts'
import { type CliCommand, CommandFailure, CommandRefusal, print } from './command.ts'
import { configOption, readProgram } from './open-program.ts'
import { withStorage } from './with-storage.ts'

export const reload: CliCommand = {
  name: 'reload',
  summary: 'let the server on this machine read its configuration and its secrets anew, without losing a call',
  options: [configOption],
  details: `
The configuration is checked here first, then by the server: with any fault nothing changes. Calls in flight end with the
former configuration, later ones have the new one. What only a restart can change is named. Each replica is told by itself;
\`kill -HUP\` does the same, and the log then tells how it went.`,
  examples: ['reload'],
  run: async (input, context) => {
    const program = readProgram(input, context)
    const address = `${adminAddress(program.settings)}/api/reload`
    const answer = await withStorage(program, context, storage => withKey(storage, key => callReload(address, key)))
    print(input, context, tell(answer), answer)
    return 0
  },
}

/** Works with an API key of its own, which is valid for a minute and revoked at the end: whoever has the database may reload. */
async function withKey<T>({ prisma }: Storage, work: (key: string) => Promise<T>): Promise<T> {
  const { id, key, hash } = newApiKey()
  const expiresAt = new Date(Date.now() + 60_000)
  await createApiKey(prisma, { id, hash, name: 'tracker-links reload', scopes: ['admin'], applications: [], expiresAt })
  try {
    return await work(key)
  } finally {
    await revokeApiKey(prisma, id)
  }
}

type Refusal = { code: string; detail: string; errors?: { field: string; rule: string; hint: string }[] }

/** Throws CommandRefusal with the server's faults, CommandFailure if nobody answers. */
async function callReload(address: string, key: string): Promise<Reloaded> {
  const headers = { authorization: `Bearer ${key}` }
  const answer = await request(address, { method: 'POST', headers, headersTimeout: 30_000 }).catch(error => {
    throw new CommandFailure(
      `No server answers at ${address}${error.code ? ` (${error.code})` : ''}. ADMIN_HOST and ADMIN_PORT say where it listens.`,
    )
  })
  const body = (await answer.body.json().catch(() => ({}))) as Reloaded & Refusal
  if (answer.statusCode === 200) return body
  if (body.code === 'configuration-invalid')
    throw new CommandRefusal('The server refused the configuration, and serves the former one:', body.errors)
  if (body.code === 'api-key-unknown')
    throw new CommandFailure(`The server at ${address} has another database than this command.`)
  throw new CommandFailure(`The server did not reload: ${body.detail ?? `it answered ${answer.statusCode}`}`)
}

function tell({ applications, needRestart, notices }: Reloaded): string {
  const changes = Object.entries(applications).flatMap(([change, ids]) =>
    ids.length > 0 ? [`${change}: ${ids.join(', ')}`] : [],
  )
  return [
    `The configuration is served: ${changes.join('; ') || 'no application changed'}.`,
    ...(needRestart.length > 0 ? [`Only a restart changes ${needRestart.join(', ')}.`] : []),
    ...notices.map(notice => `WARNING: ${notice}`),
  ].join('\n')
}
