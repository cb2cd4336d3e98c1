import { request } from 'undici'
import { adminAddress } from './admin-address.ts'
import { type CliCommand, print } from './command.ts'
import { configOption, readSurroundings } from './surroundings.ts'

export const health: CliCommand = {
  name: 'health',
  summary: 'ask the server on this machine whether it is ready (exit code 0) or not (1)',
  options: [configOption],
  examples: ['health'],
  run: async (input, context) => {
    const address = `${adminAddress(readSurroundings(input, context).settings)}/health/ready`
    const state = await request(address, { headersTimeout: 2_000, bodyTimeout: 2_000 })
      .then(async answer => ((await answer.body.json()) as { status: string }).status)
      .catch(() => 'not running')
    print(input, context, `${state} (${address})`, { status: state, address })
    return state === 'ready' ? 0 : 1
  },
}
