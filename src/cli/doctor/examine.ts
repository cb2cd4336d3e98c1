import { setTimeout as sleep } from 'node:timers/promises'
import type { Finding } from '../../checks/doctor/finding.ts'
import { lookAtApplication } from '../../checks/doctor/look-at-application.ts'
import { type Ground, longestLook, type Subject } from '../../checks/doctor/probe.ts'
import { openTrackerClients } from '../../reconciliation/tracker-clients.ts'
import type { Queries } from '../../storage/database/queries.ts'
import { StorageFault } from '../../storage/database/storage-fault.ts'
import type { StorageLog } from '../../storage/database/storage-log.ts'
import { askRunningServer } from '../find-database/running-server.ts'
import type { Program } from '../open-program.ts'
import { askBreakers } from './ask-breakers.ts'
import { lookAtServer } from './look-at-server.ts'
import { faultFinding, openDoctorDatabase } from './open-database.ts'

/** Milliseconds. */
const longestClose = 300

/** What was found of all applications, and of each subject in its place; `more` is undefined if the database cannot be read. */
export type Examined<More> = { ofAll: Finding[]; own: Finding[][]; more: More | undefined }

/** Looks at the server, the database and some applications at once, and changes nothing. `ask`: what else is read. */
export async function examine<More>(
  program: Program,
  subjects: readonly Subject[],
  { log, ask }: { log: StorageLog; ask: (database: Queries) => Promise<More> },
): Promise<Examined<More>> {
  const running = askRunningServer(program.settings)
  const breakers = askBreakers(program.settings)
  const [ofServer, database] = await Promise.all([
    lookAtServer(program, running),
    openDoctorDatabase(program, running, log),
  ])
  const { queries, found } = database
  // Clients of their own: those of a server keep their rate in the database.
  const trackers = openTrackerClients(program.config)
  const ground: Ground = {
    config: program.config,
    database: queries,
    trackerOf: trackers.trackerOf,
    breakerOf: async ({ id }) => (await breakers).get(id),
    trustedProxies: program.settings.trustedProxies,
    now: Date.now,
  }
  const ofAll = [...found, ...ofServer]
  const asked = queries && inTime(ask(queries)).catch((error: unknown) => void ofAll.push(faultFinding(error)))
  try {
    const own = await Promise.all(subjects.map(subject => lookAtApplication(ground, subject)))
    return { ofAll, own, more: (await asked) ?? undefined }
  } finally {
    // What hangs does not close either.
    const closed = Promise.all([database.close(), trackers.close()])
    await Promise.race([closed, sleep(longestClose, undefined, { ref: false })])
  }
}

/** Rejects if the database takes longer than a look may. */
const inTime = <T>(answer: Promise<T>): Promise<T> =>
  Promise.race([
    answer,
    sleep(longestLook, undefined, { ref: false }).then(() => {
      throw new StorageFault('database-away', 'The database does not answer in time.')
    }),
  ])
