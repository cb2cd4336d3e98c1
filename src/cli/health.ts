import type { Settings } from '../config/settings.ts'
import { errorCode } from '../errors/error-code.ts'
import { adminAddress } from './admin-address.ts'
import { askServer } from './ask-server.ts'
import { type CliCommand, print } from './command.ts'
import { quietLog } from './quiet-log.ts'
import { configOption, readSurroundings } from './surroundings.ts'

type Reason = { code: string; message: string; hint: string }
/** The answer of `GET /health/ready`, or why there is none. */
export type State = { status: string; reason?: Reason | undefined; warnings?: readonly Reason[] }

export const health: CliCommand = {
  name: 'health',
  summary: 'ask the server on this machine whether it is ready (exit code 0) or not (1)',
  options: [configOption],
  details: `Says why it is not ready and what to do, and warns of what is wrong although calls are answered, such as a clock that
differs from the database's. If no server answers and DATABASE_URL is set, it asks that database itself: a server that is
starting waits for it.`,
  examples: ['health', 'health --json'],
  run: async (input, context) => {
    const { settings } = readSurroundings(input, context)
    const address = `${adminAddress(settings)}/health/ready`
    const state = await stateOf(address).catch(async (error: unknown) => {
      const reason = await databaseReason(settings, context)
      return { status: 'not running', reason: reason ?? notRunning(address, error) }
    })
    print(input, context, tell(state, address), { ...state, address })
    return state.status === 'ready' ? 0 : 1
  },
}

/** Throws if no server of this program answers within 2 s. */
export async function stateOf(address: string): Promise<State> {
  const { status, reason, warnings } = (await askServer(address, 2_000)) as State
  if (status !== 'ready' && status !== 'not ready') throw new Error('another program answers')
  return { status, ...(reason && { reason }), ...(warnings && { warnings }) }
}

const notRunning = (address: string, error: unknown): Reason => ({
  code: 'server-not-running',
  message: `No server of this program answers at ${address} (${errorCode(error)}).`,
  hint: 'Start it with `tracker-links serve`; if it is starting, its log says what it waits for. If it listens elsewhere, set ADMIN_HOST and ADMIN_PORT here as for the server.',
})

/** Why the database of DATABASE_URL cannot be used; undefined if it can, or if there is no such setting. */
async function databaseReason({ databaseUrl }: Settings, context: Parameters<CliCommand['run']>[1]) {
  if (databaseUrl === undefined) return undefined
  const { probeOnce } = await import('../storage/database/readiness/database-probe.ts')
  const { reason, warnings = [] } = await probeOnce(databaseUrl, quietLog(context))
  return reason ?? warnings.find(({ code }) => code === 'migration-running')
}

function tell({ status, reason, warnings = [] }: State, address: string): string {
  const lines = [`${status} (${address})`]
  if (reason) lines.push(reason.message, reason.hint)
  for (const { message, hint } of warnings) lines.push(`Warning: ${message} ${hint}`)
  return lines.join('\n')
}
