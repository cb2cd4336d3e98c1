import type { PutObject, PutResult } from '../../storage/objects/put-objects.ts'
import type { RemoteKey } from '../../tracker-contract/remote-key.ts'
import { CommandRefusal } from '../command.ts'
import type { WrongRow } from '../rows/wrong-row.ts'
import { counted } from '../terminal-text.ts'
import type { Row } from './read-rows.ts'

/** What has become of the rows so far. */
export type ImportCounts = { rows: number; refused: number } & Record<PutResult, number>

/** So many objects are stored together. */
const batchObjects = 1_000
/** The keys of a file are remembered, to tell those that stand twice: about 100 bytes each. */
const mostObjects = 10_000_000

/**
 * Stores objects as they are read, batch by batch, and keeps `counts` as it goes, so that they are right after a failure
 * too. Ends early, without a failure, once `signal` aborts. Throws CommandRefusal, and what `put` throws.
 */
export async function importRows(
  pieces: AsyncIterable<readonly Row[]>,
  work: {
    put: (objects: readonly PutObject[]) => Promise<readonly PutResult[]>
    counts: ImportCounts
    tellWrong: (row: WrongRow) => void
    tellProgress: () => void
    signal: AbortSignal
  },
): Promise<void> {
  const { counts, signal } = work
  const lineOf = new Map<RemoteKey, number>()
  let batch: PutObject[] = []
  // While the database stores one batch, the next one is read.
  let storing: Promise<void> = Promise.resolve()
  const store = async (objects: readonly PutObject[]) => {
    for (const result of await work.put(objects)) counts[result]++
    counts.rows += objects.length
    work.tellProgress()
  }
  const storeNext = async () => {
    await storing
    storing = store(batch)
    // Its failure is thrown at the next `await storing`, which may come too late for Node.
    storing.catch(() => {})
    batch = []
  }
  const refuse = (row: WrongRow) => {
    counts.rows++
    counts.refused++
    work.tellWrong(row)
  }

  const take = async (row: Row) => {
    const earlier = 'object' in row ? lineOf.get(row.object.key) : undefined
    if ('faults' in row) refuse(row)
    else if (earlier !== undefined) refuse(repeated(row, earlier))
    else {
      if (lineOf.size === mostObjects) throw tooMany
      lineOf.set(row.object.key, row.line)
      if (batch.push(row.object) === batchObjects) await storeNext()
    }
  }

  try {
    for await (const rows of pieces) {
      if (signal.aborted) break
      for (const row of rows) await take(row)
    }
  } catch (error) {
    await storing
    if (!signal.aborted) throw error
    return
  }
  if (batch.length > 0) await storeNext()
  await storing
}

/** Which of two rows is right only their owner knows, and storing both in turn would change the object at every import. */
function repeated({ line, object }: { line: number; object: PutObject }, earlier: number): WrongRow {
  return {
    line,
    key: object.key,
    faults: [
      {
        field: 'key',
        rule: `stands on line ${earlier} already`,
        hint: 'Keep the row that is right, remove the other.',
      },
    ],
  }
}

const tooMany = new CommandRefusal(
  `The file has more than ${counted(mostObjects, 'object')}; those before are imported. Import the rest from another file.`,
)
