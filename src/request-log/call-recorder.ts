import { hostname } from 'node:os'
import { errorCode } from '../errors/error-code.ts'
import { outsideCalls } from '../logging/call.ts'
import { note, type Tally } from '../overload/tally.ts'
import { type NewCallRecord, writeCalls } from '../storage/calls/write-calls.ts'
import { isDatabaseOut } from '../storage/database/connection/database-problem.ts'
import type { Queries } from '../storage/database/queries.ts'
import { hasRoom, keepBounded, type TableBound, tableBound } from './table-bound.ts'

/**
 * The request log of a process: what waits to be written, and what each application has had since the last look. Calls are
 * answered before they come here, and nobody waits for the database: what finds no room is counted.
 */
export type CallRecorder = {
  database: Queries
  tally: Tally
  /** Records that each application may have; 0: nothing is recorded. */
  most: () => number
  waiting: NewCallRecord[]
  applications: Map<string, ApplicationCalls>
  bound: TableBound
  timer: NodeJS.Timeout | undefined
  writing: Promise<void> | undefined
}

/** Of an application: its records that wait, and its cards from memory in this second. */
type ApplicationCalls = { waiting: number; kept: number; last: NewCallRecord | undefined; left: number }

/** Records that may wait, in all and of one application: some 5 MB at most. */
const mostWaiting = { all: 5_000, ofApplication: 2_500 }
/** Records of a statement, and milliseconds until what waits is written. */
const batch = 500
const pause = 1_000
/** Cards from memory that have a record of their own in a second; the others are counted in the last one. */
const cardsEach = 100

export const openCallRecorder = (options: { database: Queries; tally: Tally; most: () => number }): CallRecorder => ({
  ...options,
  waiting: [],
  applications: new Map(),
  bound: tableBound(),
  timer: undefined,
  writing: undefined,
})

/** Whether a card from memory gets a record of its own. For all others of this second that is all that happens. */
export function takesCard(recorder: CallRecorder, applicationId: string): boolean {
  const calls = recorder.applications.get(applicationId)
  if (calls === undefined || calls.kept < cardsEach) return true
  calls.left++
  return false
}

/** Takes a record of an answered call; `isCard`: of a card from memory, see `takesCard`. */
export function recordCall(recorder: CallRecorder, record: NewCallRecord, isCard = false): void {
  const { applicationId } = record
  const calls = callsOf(recorder, applicationId)
  if (isCard) {
    calls.kept++
    settleLast(calls)
    calls.last = record
  }
  if (recorder.waiting.length >= mostWaiting.all || calls.waiting >= mostWaiting.ofApplication) {
    tellLost(recorder, applicationId, 1)
    return
  }
  calls.waiting++
  recorder.waiting.push(record)
  recorder.timer ??= setTimeout(tick, pause, recorder).unref()
  if (recorder.waiting.length >= batch) write(recorder)
}

/** Writes what waits, for as long as `milliseconds` at most: the process ends. */
export async function closeCallRecorder(recorder: CallRecorder, milliseconds = 1_000): Promise<void> {
  clearTimeout(recorder.timer)
  const late = new Promise<void>(resolve => setTimeout(resolve, milliseconds).unref())
  await Promise.race([flushCalls(recorder), late])
}

/** Writes what waits now. */
export async function flushCalls(recorder: CallRecorder): Promise<void> {
  await recorder.writing
  for (const calls of recorder.applications.values()) settleLast(calls)
  write(recorder)
  await recorder.writing
}

/** Each second while there is anything to do. */
function tick(recorder: CallRecorder): void {
  recorder.timer = undefined
  for (const calls of recorder.applications.values()) {
    settleLast(calls)
    calls.kept = 0
  }
  write(recorder)
}

/** The last card that has a record stands for those after it that have none. */
function settleLast(calls: ApplicationCalls): void {
  if (calls.last !== undefined) calls.last.standsFor += calls.left
  calls.last = undefined
  calls.left = 0
}

function write(recorder: CallRecorder): void {
  if (recorder.writing !== undefined || recorder.waiting.length === 0) return
  recorder.writing = outsideCalls(() => writeWaiting(recorder)).finally(() => {
    recorder.writing = undefined
    if (recorder.waiting.length > 0) recorder.timer ??= setTimeout(tick, pause, recorder).unref()
  })
}

async function writeWaiting(recorder: CallRecorder): Promise<void> {
  while (recorder.waiting.length > 0) {
    const records = recorder.waiting.splice(0, batch)
    const byApplication = Map.groupBy(records, ({ applicationId }) => applicationId)
    for (const [id, own] of byApplication) callsOf(recorder, id).waiting -= own.length
    if (!hasRoom(recorder)) {
      for (const [id, own] of byApplication) tellLost(recorder, id, own.length, 'no-room')
      continue
    }
    try {
      await writeCalls(recorder.database, records, replica)
    } catch (error) {
      putBack(recorder, records, byApplication, error)
      return
    }
    await keepBounded(recorder, byApplication).catch(error =>
      note(recorder.tally, { code: errorCode(error) }, 'old calls could not be removed from the request log'),
    )
  }
}

/** While the database is away its calls wait: they are those that somebody will look for. Others would fail again. */
function putBack(
  recorder: CallRecorder,
  records: readonly NewCallRecord[],
  byApplication: ReadonlyMap<string, readonly NewCallRecord[]>,
  error: unknown,
): void {
  const isRoom = recorder.waiting.length + records.length <= mostWaiting.all
  if (isDatabaseOut(error) && isRoom) {
    for (const [id, own] of byApplication) callsOf(recorder, id).waiting += own.length
    recorder.waiting.unshift(...records)
  } else for (const [id, own] of byApplication) tellLost(recorder, id, own.length, errorCode(error))
}

function tellLost({ tally }: CallRecorder, application: string, count: number, code?: string): void {
  const about = { ...(application !== '' && { application }), ...(code && { code }) }
  note(tally, about, 'calls are missing in the request log: they could not be written', count)
}

function callsOf({ applications }: CallRecorder, id: string): ApplicationCalls {
  const known = applications.get(id)
  if (known !== undefined) return known
  const calls = { waiting: 0, kept: 0, last: undefined, left: 0 }
  applications.set(id, calls)
  return calls
}

/** The name of this process among the servers over a database. */
export const replica = `${hostname().slice(0, 40)}/${process.pid}`
