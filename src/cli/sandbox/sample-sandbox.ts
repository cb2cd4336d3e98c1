import type { Config } from '../../config/schema.ts'
import type { Settings } from '../../config/settings.ts'
import type { Logger } from '../../logging/logger.ts'
import { localAddress } from './local-address.ts'
import { type OpenSandbox, openSandbox } from './open-sandbox.ts'

export type SampleSandbox = { line: string; close?: () => Promise<void> }

/**
 * The sandbox that comes with the sample application. Its first issue is linked to the objects of these keys by the calls
 * that Tracker makes, so the server has the links too. Never rejects: `line` tells a new user what there is to see, or why
 * there is no sandbox.
 */
export async function openSampleSandbox(
  { sandboxHost: host, sandboxPort: port }: Settings,
  config: Config,
  { linkServer, keys, log }: { linkServer: string; keys: readonly string[]; log: Logger },
): Promise<SampleSandbox> {
  let open: OpenSandbox | undefined
  try {
    open = await openSandbox({ config, linkServer: localAddress(new URL(linkServer)), host, port, log })
    await linkObjects(open, keys)
    return { line: `An issue with cards, in a Tracker that is played here: ${open.issueAddress}`, close: open.close }
  } catch (error) {
    await open?.close()
    const { code, message } = error as NodeJS.ErrnoException
    if (open) return { line: `No sandbox: ${message}` }
    const reason = code === 'EADDRINUSE' ? 'another program listens there' : message
    return {
      line: `No sandbox: it cannot listen on ${host}, port ${port} (${reason}). Set SANDBOX_HOST and SANDBOX_PORT to others.`,
    }
  }
}

async function linkObjects({ world, desk }: OpenSandbox, keys: readonly string[]): Promise<void> {
  const [application] = world.applications()
  const [issue] = world.issues()
  if (!application || !issue) return
  for (const key of keys) world.addRemoteLink({ issue, application, key, by: world.firstUser() })
  await desk.createLink(application, issue.key, keys)
}
