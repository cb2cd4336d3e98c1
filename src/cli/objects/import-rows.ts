import type { PutObject, PutResult } from '../../storage/objects/put-objects.ts'
import type { RemoteKey } from '../../tracker-contract/remote-key.ts'
import { CommandRefusal } from '../command.ts'
import type { WrongRow } from '../rows/wrong-row.ts'
import { counted } from '../terminal-text.ts'
import type { Row } from './read-rows.ts'

/** What has become of the rows so far. */
export type ImportCounts = { rows: number; refused: number } & Record<PutResult, number>

/** Objects that are stored together. */
const batchObjects = 1_000
/** The keys of a file are remembered, to find repeated ones: about 100 bytes each. */
const mostObjects = 10_000_000

type Work = {
  put: (objects: readonly PutObject[]) => Promise<readonly PutResult[]>
  counts: ImportCounts
  tellWrong: (row: WrongRow) => void
  tellProgress: () => void
  signal: AbortSignal
}

/** An import: the batch being filled, while the database stores the one before. */
type Import = Work & { lineOf: Map<RemoteKey, number>; batch: PutObject[]; storing: Promise<void> }

/**
 * Stores objects batch by batch as they are read, and keeps `counts` up to date, so that they are right after a failure too.
 * Ends early, without a failure, once `signal` aborts. Throws CommandRefusal, and what `put` throws.
 */
export async function importRows(pieces: AsyncIterable<readonly Row[]>, work: Work): Promise<void> {
  const rowImport: Import = { ...work, lineOf: new Map(), batch: [], storing: Promise.resolve() }
  const { signal } = work
  try {
    for await (const rows of pieces) {
      if (signal.aborted) break
      for (const row of rows) await take(rowImport, row)
    }
  } catch (error) {
    await rowImport.storing
    if (!signal.aborted) throw error
    return
  }
  if (rowImport.batch.length > 0) await storeNext(rowImport)
  await rowImport.storing
}

async function take(rowImport: Import, row: Row): Promise<void> {
  const { lineOf, batch } = rowImport
  if ('faults' in row) return refuse(rowImport, row)
  const earlier = lineOf.get(row.object.key)
  if (earlier !== undefined) return refuse(rowImport, repeated(row, earlier))
  if (lineOf.size === mostObjects) throw tooMany
  lineOf.set(row.object.key, row.line)
  if (batch.push(row.object) === batchObjects) await storeNext(rowImport)
}

function refuse({ counts, tellWrong }: Import, row: WrongRow): void {
  counts.rows++
  counts.refused++
  tellWrong(row)
}

/** Waits for the batch in flight and sends off the next one. */
async function storeNext(rowImport: Import): Promise<void> {
  await rowImport.storing
  rowImport.storing = store(rowImport, rowImport.batch)
  // A failure is thrown by the next `await`, which may come too late for Node.
  rowImport.storing.catch(() => {})
  rowImport.batch = []
}

async function store({ put, counts, tellProgress }: Import, objects: readonly PutObject[]): Promise<void> {
  for (const result of await put(objects)) counts[result]++
  counts.rows += objects.length
  tellProgress()
}

/** Only the owner knows which of two rows is right, and storing both in turn would change the object at every import. */
function repeated({ line, object }: { line: number; object: PutObject }, earlier: number): WrongRow {
  return {
    line,
    key: object.key,
    faults: [
      {
        field: 'key',
        rule: `is already on line ${earlier}`,
        hint: 'Keep the right row and remove the other.',
      },
    ],
  }
}

const tooMany = new CommandRefusal(
  `The file has more than ${counted(mostObjects, 'object')}; the first ones are imported. Import the rest from another file.`,
)
