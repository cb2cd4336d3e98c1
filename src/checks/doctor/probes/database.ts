import { statfs } from 'node:fs/promises'
import type { ReasonCode } from '../../../storage/database/connection/database-reason.ts'
import type { FindingCode } from '../catalogue.ts'
import type { Finding } from '../finding.ts'

type Told = readonly [code: FindingCode, says: string]

const told: Readonly<Record<ReasonCode, Told>> = {
  'database-host-unknown': ['TLK-S03', 'host of the database unknown'],
  'database-connection-refused': ['TLK-S03', 'database accepts no connections'],
  'database-unreachable': ['TLK-S03', 'database unreachable'],
  'database-timeout': ['TLK-S03', 'database gives no answer'],
  'database-connection-closed': ['TLK-S03', 'database closes the connection'],
  'database-restarting': ['TLK-S03', 'database is starting or stopping'],
  'database-missing': ['TLK-S03', 'database does not exist'],
  'database-tls': ['TLK-S03', 'database cannot be reached over TLS'],
  'database-connections-used-up': ['TLK-S03', 'database has no connection free'],
  'database-unusable': ['TLK-S03', 'database cannot be used'],
  'database-password-refused': ['TLK-S04', 'database refuses the user or the password'],
  'database-access-denied': ['TLK-S04', 'database does not admit the user'],
  'schema-behind': ['TLK-S05', 'database lacks tables of this version'],
  'schema-newer': ['TLK-S05', 'database is of a newer version'],
  'migration-running': ['TLK-S05', 'database is being migrated'],
  'database-read-only': ['TLK-S06', 'database takes no changes'],
  'database-moved': ['TLK-S06', 'database was moved away'],
  'database-disk-full': ['TLK-S07', 'disk of the database full'],
  'rights-missing': ['TLK-S08', 'database denies a right'],
  stopping: ['TLK-S09', 'server is stopping'],
  'clock-skew': ['TLK-S12', 'clock of the database differs'],
  'log-not-written': ['TLK-S15', 'log cannot be written'],
  'workers-missing': ['TLK-S16', 'workers are missing'],
}

/** Why calls cannot be answered, as a database or a server tells it: a server of another version may have another code. */
type ToldReason = { code: string; message: string; hint: string }
const ofOtherVersion: Told = ['TLK-S09', 'server is not ready']

/** What a database, or a server that was asked for its readiness, says of itself. */
export function readinessFindings({
  reason,
  warnings = [],
}: {
  reason?: ToldReason | undefined
  warnings?: readonly ToldReason[] | undefined
}): Finding[] {
  return [...(reason ? [findingOf(reason)] : []), ...warnings.map(warning => findingOf(warning, true))]
}

function findingOf({ code, message, hint }: ToldReason, isWarning = false): Finding {
  const [usual, says] = told[code as ReasonCode] ?? ofOtherVersion
  const [next = hint, ...more] = hint.split(/(?<=[.;]) (?=[A-Z])/)
  return {
    code: isWarning ? (warningOf[usual] ?? usual) : usual,
    says,
    next: commandIn(hint) ?? next,
    evidence: [message, ...(commandIn(hint) ? [hint] : more)],
  }
}

/** What is only a warning, though the same reason may be more. */
const warningOf: Partial<Record<FindingCode, FindingCode>> = { 'TLK-S08': 'TLK-S14', 'TLK-S03': 'TLK-S14' }

const commandIn = (hint: string) => /`(tracker-links [^`]+)`/.exec(hint)?.[1]

/** Below both: this part of the disk, and so many bytes, PostgreSQL may soon be without room. */
const little = { part: 0.05, bytes: 2 * 1024 ** 3 }

/** Whether the disk under the data folder of an embedded PostgreSQL has little room left. */
export async function diskFindings(folder: string): Promise<Finding[]> {
  const { bavail, blocks, bsize } = await statfs(folder)
  const [free, size] = [bavail * bsize, blocks * bsize]
  if (free >= little.bytes || free >= size * little.part) return []
  return [
    {
      code: 'TLK-S11',
      says: `disk of the database nearly full: ${gibibytes(free)} left`,
      next: 'Free space on the disk of the data folder (DATA_DIR), or give it a larger one.',
      evidence: [`${folder} is on a disk of ${gibibytes(size)}, of which ${gibibytes(free)} are free.`],
    },
  ]
}

const gibibytes = (bytes: number) => `${(bytes / 1024 ** 3).toFixed(1)} GiB`
