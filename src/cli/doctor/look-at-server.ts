import type { Finding } from '../../checks/doctor/finding.ts'
import { readinessFindings } from '../../checks/doctor/probes/database.ts'
import { errorCode } from '../../errors/error-code.ts'
import { shellWord } from '../../values/shell-word.ts'
import { adminAddress } from '../admin-address.ts'
import type { RunningServer } from '../find-database/running-server.ts'
import type { Search } from '../find-database/search.ts'
import { stateOf } from '../health.ts'

/** What the server on this machine says of itself. `running`: where it says that its data is. */
export async function lookAtServer(search: Search, running: Promise<RunningServer | undefined>): Promise<Finding[]> {
  const address = adminAddress(search.settings)
  try {
    const [state, place] = await Promise.all([stateOf(`${address}/health/ready`), running])
    const found = readinessFindings(state)
    if (state.status !== 'ready' && state.reason === undefined)
      found.push({ code: 'TLK-S09', says: 'server is not ready', next: 'tracker-links health', evidence: [] })
    return [...found, ...otherConfiguration(search, place)]
  } catch (error) {
    return [
      {
        code: 'TLK-S02',
        says: 'no server runs here',
        next: 'tracker-links serve',
        evidence: [
          `No server of this program answers at ${address} (${errorCode(error)}).`,
          'If it listens elsewhere, set ADMIN_HOST and ADMIN_PORT here as for the server; if it is starting, its log says what it waits for.',
        ],
      },
    ]
  }
}

function otherConfiguration({ source }: Search, place: RunningServer | undefined): Finding[] {
  if (place === undefined || place.configuration === (source ?? null)) return []
  const { configuration, address } = place
  return [
    {
      code: 'TLK-S10',
      says: 'server runs with another configuration',
      next:
        configuration === null
          ? 'Start the doctor in the folder of the server, or the server with this configuration.'
          : `tracker-links doctor --config ${shellWord(configuration)}`,
      evidence: [
        `The server at ${address} has ${configuration ?? 'no configuration file'}; this is ${source ?? 'without a file'}.`,
      ],
    },
  ]
}
