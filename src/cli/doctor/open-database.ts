import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Finding } from '../../checks/doctor/finding.ts'
import { diskFindings, readinessFindings } from '../../checks/doctor/probes/database.ts'
import { isThere } from '../../storage/database/opening/data-folder.ts'
import type { Queries } from '../../storage/database/queries.ts'
import { StorageFault } from '../../storage/database/storage-fault.ts'
import type { StorageLog } from '../../storage/database/storage-log.ts'
import type { Storage } from '../../storage/open-storage.ts'
import { openToRead, type ReadDatabase } from '../../storage/open-to-read.ts'
import { isSameFolder, openFoundStorage } from '../find-database/open-found-storage.ts'
import type { RunningServer } from '../find-database/running-server.ts'
import type { Search } from '../find-database/search.ts'

/** A database as the doctor has it, read only. `queries`: undefined if it cannot be used, and `found` says why. */
export type DoctorDatabase = { queries: Queries | undefined; found: Finding[]; close: () => Promise<void> }

const none = (found: Finding[] = []): DoctorDatabase => ({ queries: undefined, found, close: async () => {} })

/**
 * Opens the database of a configuration only to read. One in a data folder is opened only while the server that is asked runs it: a
 * doctor starts no PostgreSQL. Never throws: what is wrong is among the findings.
 */
export async function openDoctorDatabase(
  search: Search,
  running: Promise<RunningServer | undefined>,
  log: StorageLog,
): Promise<DoctorDatabase> {
  try {
    const { databaseUrl } = search.settings
    if (databaseUrl !== undefined) return readable(await openToRead(databaseUrl, log))
    const place = await running
    if (place === undefined) return none()
    return (await isOfOther(search, place)) ? none([otherDatabase(search, place)]) : await openEmbedded(search, log)
  } catch (error) {
    return none([faultFinding(error)])
  }
}

/** Whether there is a database in the data folder here that is not the one of the server: to open it would start it. */
async function isOfOther({ settings: { dataDirectory } }: Search, place: RunningServer): Promise<boolean> {
  return (await isThere(join(dataDirectory, 'postgres'))) && !(await isSameFolder(dataDirectory, place.dataDirectory))
}

const otherDatabase = ({ settings }: Search, { address, database }: RunningServer): Finding => ({
  code: 'TLK-S10',
  says: 'server runs with another database',
  next: 'Start the doctor in the folder of the server, or with DATABASE_URL or DATA_DIR as they are set for it.',
  evidence: [`The server at ${address} uses ${database}; the one in ${settings.dataDirectory} was not looked at.`],
})

/** Milliseconds in which the database of a running server must be open. */
const longestOpening = 3_000

/** The server's data folder is found as by the other commands. */
async function openEmbedded(search: Search, log: StorageLog): Promise<DoctorDatabase> {
  const storage = await inTime(openFoundStorage(search, log))
  const { queries, found, close } = readable(await openToRead(storage.url, log))
  if (storage.dataDirectory !== undefined) found.push(...(await diskFindings(storage.dataDirectory)))
  return {
    queries,
    found,
    close: async () => {
      await close()
      await storage.close()
    },
  }
}

/** Rejects if it takes too long; what is open too late is closed. */
async function inTime(opening: Promise<Storage>): Promise<Storage> {
  const storage = await Promise.race([opening, sleep(longestOpening, undefined, { ref: false })])
  if (storage !== undefined) return storage
  opening.then(late => late.close()).catch(() => {})
  throw new StorageFault('database-away', 'The database does not answer in time.')
}

function readable({ queries, readiness, fault, close }: ReadDatabase): DoctorDatabase {
  const found = readinessFindings(readiness)
  if (queries === undefined && readiness.ready && fault) found.push(faultFinding(fault))
  // One that takes no changes can be read.
  const isReadable = readiness.ready || found.every(({ code }) => whileReadable.has(code))
  return { queries: isReadable ? queries : undefined, found, close }
}

const whileReadable: ReadonlySet<string> = new Set(['TLK-S06', 'TLK-S07', 'TLK-S12', 'TLK-S14'])

/** A database that cannot be read, for a reason that its readiness did not tell. */
export function faultFinding(error: unknown): Finding {
  const isSchema = error instanceof StorageFault && error.code.startsWith('schema')
  return {
    code: isSchema ? 'TLK-S05' : 'TLK-S03',
    says: isSchema ? 'database lacks tables of this version' : 'database cannot be used',
    next: 'tracker-links health',
    evidence: (error as Error).message.split('\n').map(line => line.trim()),
  }
}
