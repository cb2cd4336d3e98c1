import type { RowEnd } from '../cli/tracker/import-journal.ts'
import { pause } from '../tracker-client/rate-budget.ts'
import { TrackerError } from '../tracker-client/tracker-error.ts'
import type { Reading } from './link-matcher.ts'

/** What an import does with the links of one issue. `Known` is what Tracker has of them. */
export type ImportKind<Row, Known> = {
  look: (issue: string) => Promise<Known>
  /** Whether a link is among the known ones. */
  isThere: (row: Row, known: Known) => boolean | Promise<boolean>
  /** Sends the link, adds it to `known`, and tells how lists will show it, where that is of use. */
  send: (row: Row, known: Known) => Promise<Reading | undefined>
  /** What is to be done once the link is in Tracker, however it came there. Must do no harm when repeated. */
  settle?: (row: Row, known: Known) => Promise<void>
}

/** How one row is followed: whether an earlier run has sent it, and where it is told. */
export type RowSteps = {
  wasStarted: boolean
  tellStarted: () => Promise<void>
  tellEnd: (end: RowEnd) => Promise<void>
}

/** How often a write is sent that failed in a way that may pass. Before each further time Tracker is asked for the link. */
const mostSends = 3
const pauseMs = 500

/**
 * Imports the rows of one issue, one after the other, because each edits the issue. What Tracker has is looked at first: so
 * nothing is sent that is there, whoever made it. Throws what stops the whole import: TrackerError, or what `settle` throws.
 */
export async function importGroup<Row, Known>(
  kind: ImportKind<Row, Known>,
  issue: string,
  rows: readonly { row: Row; steps: RowSteps }[],
  signal: AbortSignal,
): Promise<void> {
  let known: Known
  try {
    known = await kind.look(issue)
  } catch (error) {
    const end = refusal(error)
    for (const { steps } of rows) await steps.tellEnd(end)
    return
  }
  for (const { row, steps } of rows) {
    signal.throwIfAborted()
    await steps.tellEnd(await importRow(kind, { row, steps, issue, known }, signal).catch(refusal))
  }
}

async function importRow<Row, Known>(
  kind: ImportKind<Row, Known>,
  { row, steps, issue, known }: { row: Row; steps: RowSteps; issue: string; known: Known },
  signal: AbortSignal,
): Promise<RowEnd> {
  if (await kind.isThere(row, known)) {
    await kind.settle?.(row, known)
    return { state: steps.wasStarted ? 'done' : 'there' }
  }
  await steps.tellStarted()
  let mayBeOurs = steps.wasStarted
  for (let sends = 1; ; sends++) {
    try {
      const reading = await kind.send(row, known)
      await kind.settle?.(row, known)
      return { state: 'done', ...(reading && { reading }) }
    } catch (error) {
      if (!(error instanceof TrackerError)) throw error
      const isUnsure = error.mayBeDone || error.failure === 'not-understood'
      mayBeOurs ||= isUnsure
      // 409 and 422 may mean that the link is there already.
      if (isUnsure || error.status === 409 || error.status === 422) {
        const present = await kind.look(issue)
        if (await kind.isThere(row, present)) {
          await kind.settle?.(row, present)
          return { state: mayBeOurs ? 'done' : 'there' }
        }
        if (sends < mostSends && (isUnsure || error.status === 409)) {
          await pause(pauseMs * sends * (0.5 + Math.random()), signal)
          continue
        }
      }
      // Tracker itself answers, but not this: the others may do better.
      if (error.status !== undefined && error.status >= 500) return { state: 'refused', ...tellOf(error) }
      throw error
    }
  }
}

const tellOf = ({ status, message }: TrackerError) => ({ status, why: message })

/** The end of a row whose failure says something of it or of its issue. Throws any other, which would meet all rows. */
function refusal(error: unknown): RowEnd {
  const { status } = error instanceof TrackerError ? error : { status: undefined }
  if (status === undefined || status < 400 || status > 499 || status === 401 || status === 429) throw error
  return { state: 'refused', ...tellOf(error as TrackerError) }
}
