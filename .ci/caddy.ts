import { join } from 'node:path'
import type { Test } from 'tap'
import { freePort } from '../test/support/start-program.ts'
import { checkout, type Program, plainEnvironment, scratchFolder, start, until } from './programs.ts'

export const caddyfile = join(checkout, 'docker/Caddyfile')

/**
 * Caddy with our file as it is, over plain HTTP on a free port of the loopback interface, before `upstream`
 * (`host:port`). A PUBLIC_HOST with the scheme http:// is how a Caddyfile turns HTTPS off.
 */
export async function startCaddy(t: Test, upstream: string): Promise<{ port: number; caddy: Program }> {
  const folder = scratchFolder(t)
  const port = await freePort()
  const caddy = start(t, 'caddy', ['run', '--adapter', 'caddyfile', '--config', caddyfile], {
    cwd: folder,
    env: plainEnvironment({
      PUBLIC_HOST: `http://127.0.0.1:${port}`,
      UPSTREAM: upstream,
      HOME: folder,
      XDG_DATA_HOME: folder,
      XDG_CONFIG_HOME: folder,
    }),
  })
  await until('Caddy listens', async () => (await fetch(`http://127.0.0.1:${port}/health`)).status, caddy)
  return { port, caddy }
}
