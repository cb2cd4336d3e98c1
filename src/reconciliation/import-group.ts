import { pause } from '../tracker-client/rate-budget.ts'
import { TrackerError } from '../tracker-client/tracker-error.ts'
import type { RowEnd } from './import-journal.ts'
import type { LinkForm } from './link-matcher.ts'

/** What an import does with the links of one issue. `Known` is what Tracker has of them. */
export type ImportKind<Row, Known> = {
  look: (issue: string) => Promise<Known>
  /** Whether a link is among the known ones. */
  isThere: (row: Row, known: Known) => boolean | Promise<boolean>
  /** Sends the link and adds it to `known`. Tells in which form lists will show it, if that is of use. */
  send: (row: Row, known: Known) => Promise<LinkForm | undefined>
  /** What is to be done once Tracker has the link, whoever made it. Must do no harm when repeated. */
  settle?: (row: Row, known: Known) => Promise<void>
}

/** What an import keeps of one row: whether an earlier run has sent it, and each of its steps. */
export type RowSteps = {
  wasStarted: boolean
  tellStarted: () => Promise<void>
  tellEnd: (end: RowEnd) => Promise<void>
}

/** How often a write is sent that failed in a way that may pass. Before each retry Tracker is asked for the link. */
const mostSends = 3
const pauseMs = 500

/**
 * Imports the rows of one issue, one after the other, because each edits the issue. It first looks at what Tracker has, so
 * that no link is sent that exists, whoever made it. Throws what stops the whole import: TrackerError, or what `settle` throws.
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

type OneRow<Row, Known> = { row: Row; steps: RowSteps; issue: string; known: Known }

async function importRow<Row, Known>(
  kind: ImportKind<Row, Known>,
  one: OneRow<Row, Known>,
  signal: AbortSignal,
): Promise<RowEnd> {
  const { row, steps, issue, known } = one
  const present = await endIfThere(kind, row, known, steps.wasStarted)
  if (present) return present
  await steps.tellStarted()
  let mayBeOurs = steps.wasStarted
  for (let sends = 1; ; sends++) {
    const sent = await send(kind, row, known)
    if (!(sent instanceof TrackerError)) return sent
    const isUnsure = sent.mayBeDone || sent.failure === 'not-understood'
    mayBeOurs ||= isUnsure
    // 409 and 422 may mean that the link exists already.
    if (isUnsure || sent.status === 409 || sent.status === 422) {
      const found = await endIfThere(kind, row, await kind.look(issue), mayBeOurs)
      if (found) return found
    }
    if (sends < mostSends && (isUnsure || sent.status === 409))
      await pause(pauseMs * sends * (0.5 + Math.random()), signal)
    // Tracker answers, but fails at this row: others may do better.
    else if (sent.status !== undefined && sent.status >= 500) return { state: 'refused', ...tellOf(sent) }
    else throw sent
  }
}

/** The end of a row whose link Tracker has. It is ours if we may have sent it. */
async function endIfThere<Row, Known>(
  kind: ImportKind<Row, Known>,
  row: Row,
  known: Known,
  mayBeOurs: boolean,
): Promise<RowEnd | undefined> {
  if (!(await kind.isThere(row, known))) return undefined
  await kind.settle?.(row, known)
  return { state: mayBeOurs ? 'done' : 'there' }
}

/** Sends one row. Gives its end, or why Tracker did not take it; throws anything else. */
async function send<Row, Known>(kind: ImportKind<Row, Known>, row: Row, known: Known): Promise<RowEnd | TrackerError> {
  try {
    const form = await kind.send(row, known)
    await kind.settle?.(row, known)
    return { state: 'done', ...(form && { reading: form }) }
  } catch (error) {
    if (error instanceof TrackerError) return error
    throw error
  }
}

const tellOf = ({ status, message }: TrackerError) => ({ status, why: message })

/** The end of a row whose failure concerns it or its issue. Throws any other failure: it would meet all rows. */
function refusal(error: unknown): RowEnd {
  const { status } = error instanceof TrackerError ? error : { status: undefined }
  if (status === undefined || status < 400 || status > 499 || status === 401 || status === 429) throw error
  return { state: 'refused', ...tellOf(error as TrackerError) }
}
