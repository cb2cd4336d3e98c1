import { setTimeout as sleep } from 'node:timers/promises'
import type { Finding } from '../../checks/doctor/finding.ts'
import { diskFindings, readinessFindings } from '../../checks/doctor/probes/database.ts'
import { describePostgresAddress } from '../../config/postgres-address.ts'
import { type ConnectionOptions, createPrismaClient } from '../../storage/database/connection/connect.ts'
import { waitForDatabase } from '../../storage/database/opening/wait-for-database.ts'
import { probeOnce } from '../../storage/database/readiness/database-probe.ts'
import { StorageFault } from '../../storage/database/storage-fault.ts'
import type { StorageLog } from '../../storage/database/storage-log.ts'
import type { PrismaClient } from '../../storage/prisma-client/client.ts'
import { openFoundStorage } from '../find-database/open-found-storage.ts'
import type { RunningServer } from '../find-database/running-server.ts'
import type { Search } from '../find-database/search.ts'

/** A database as the doctor has it. `prisma`: read only; undefined if it cannot be used, and `found` says why. */
export type DoctorDatabase = { prisma: PrismaClient | undefined; found: Finding[]; close: () => Promise<void> }

const nothing = async () => {}
const none = (found: Finding[] = []): DoctorDatabase => ({ prisma: undefined, found, close: nothing })

/** Milliseconds in which a database must answer. */
const longestWait = 3_000
const connections = 4

/**
 * Opens the database of a configuration only to read. One in a data folder is opened only while a server runs it: a doctor starts
 * no PostgreSQL. Never throws: what is wrong is among the findings.
 */
export async function openDoctorDatabase(
  search: Search,
  running: Promise<RunningServer | undefined>,
  log: StorageLog,
): Promise<DoctorDatabase> {
  try {
    const { databaseUrl } = search.settings
    if (databaseUrl !== undefined) return await openServer(databaseUrl, log)
    return (await running) === undefined ? none() : await openEmbedded(search, log)
  } catch (error) {
    return none([faultFinding(error)])
  }
}

async function openServer(databaseUrl: string, log: StorageLog): Promise<DoctorDatabase> {
  const description = describePostgresAddress(databaseUrl) ?? 'The database'
  const wait = { databaseUrl, description, isEmbedded: false, log, longestWait: 0 }
  const sessions = waitForDatabase(wait).catch((error: unknown) => error)
  const late = sleep(longestWait, undefined, { ref: false })
  const [{ ready, reason, warnings }, opened] = await Promise.all([
    probeOnce(databaseUrl, log),
    Promise.race([sessions, late]),
  ])
  const found = readinessFindings({ reason, warnings })
  const isOpen = typeof opened === 'object' && opened !== null && 'limitSessions' in opened
  if (!isOpen && ready && opened !== undefined) found.push(faultFinding(opened))
  if (!isOpen || !(ready || isReadable(found))) return none(found)
  return withClient({ databaseUrl, log, ...(opened as Awaited<ReturnType<typeof waitForDatabase>>) }, found)
}

/** The server's data folder is found as by the other commands. */
async function openEmbedded(search: Search, log: StorageLog): Promise<DoctorDatabase> {
  const storage = await openFoundStorage(search, log)
  const { reason, warnings } = await storage.readiness()
  const found = readinessFindings({ reason, warnings })
  if (storage.dataDirectory !== undefined) found.push(...(await diskFindings(storage.dataDirectory)))
  const database = withClient({ databaseUrl: storage.url, log, limitSessions: true, prepareStatements: true }, found)
  return {
    ...database,
    close: async () => {
      await database.close()
      await storage.close()
    },
  }
}

function withClient(options: ConnectionOptions, found: Finding[]): DoctorDatabase {
  const prisma = createPrismaClient({ ...options, size: connections, isReadOnly: true })
  // A server that hangs does not close its connections.
  const close = async () => {
    await Promise.race([prisma.$disconnect(), sleep(1_000, undefined, { ref: false })])
  }
  return { prisma, found, close }
}

/** A database that takes no changes can be read. */
const isReadable = (found: readonly Finding[]) => found.every(({ code }) => readable.has(code))
const readable: ReadonlySet<string> = new Set(['TLK-S06', 'TLK-S07', 'TLK-S12', 'TLK-S14'])

function faultFinding(error: unknown): Finding {
  const { message } = error as Error
  const code = error instanceof StorageFault && error.code.startsWith('schema') ? 'TLK-S05' : 'TLK-S03'
  return {
    code,
    says: code === 'TLK-S05' ? 'database lacks tables of this version' : 'database cannot be used',
    next: 'tracker-links health',
    evidence: message.split('\n').map(line => line.trim()),
  }
}
