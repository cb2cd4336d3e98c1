import { hostname } from 'node:os'
import { errorCode } from '../errors/error-code.ts'
import { outsideCalls } from '../logging/call.ts'
import { note, type Tally } from '../overload/tally.ts'
import { type NewCallRecord, writeCalls } from '../storage/calls/write-calls.ts'
import { isDatabaseOut } from '../storage/database/connection/database-problem.ts'
import type { Queries } from '../storage/database/queries.ts'
import { answeredOf, keepSightings, type SightingBound } from './probe/keep-sightings.ts'
import { hasRoom, makeRoom, type TableBound, tableBound } from './table-bound.ts'

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
  /** Sightings of the probe since the oldest were removed, by application. */
  sighted: SightingBound
  timer: NodeJS.Timeout | undefined
  writing: Promise<void> | undefined
}

/** Calls of a kind in this second: how many have a record, the last of these, and how many have none. */
type Kind = { kept: number; last: NewCallRecord | undefined; left: number }
/** Of an application: its records that wait, its cards from memory, and the cards that it refused, by the error's code. */
type ApplicationCalls = { waiting: number; cards: Kind; refused: Map<string, Kind> }

/** Records that may wait, in all and of one application: some 5 MB at most. */
const mostWaiting = { all: 5_000, ofApplication: 2_500 }
/** Records of a statement, and milliseconds until what waits is written. */
const batch = 500
const pause = 1_000
/** Calls of a kind that have a record of their own in a second; the others are counted in the last one. */
const keptEach = 100

export const openCallRecorder = (options: { database: Queries; tally: Tally; most: () => number }): CallRecorder => ({
  ...options,
  waiting: [],
  applications: new Map(),
  bound: tableBound(),
  sighted: new Map(),
  timer: undefined,
  writing: undefined,
})

/** Whether a card from memory gets a record of its own. For all others of this second that is all that happens. */
export function takesCard(recorder: CallRecorder, applicationId: string): boolean {
  const calls = recorder.applications.get(applicationId)
  return calls === undefined || takes(calls.cards)
}

/** The same for a card that was refused with a code: a flood of them must not push out what somebody looks for. */
export function takesRefused(recorder: CallRecorder, applicationId: string, code: string): boolean {
  const refused = recorder.applications.get(applicationId)?.refused.get(code)
  return refused === undefined || takes(refused)
}

function takes(kind: Kind): boolean {
  if (kind.kept < keptEach) return true
  kind.left++
  return false
}

/** Takes a record of an answered call. `kind`: of a card from memory, or that was refused, see `takesCard` and `takesRefused`. */
export function recordCall(recorder: CallRecorder, record: NewCallRecord, kind?: 'card' | 'refused'): void {
  recorder.timer ??= setTimeout(tick, pause, recorder).unref()
  const calls = callsOf(recorder, record.applicationId)
  if (kind === undefined) {
    wait(recorder, calls, record)
    return
  }
  // The last one is held back until it is known for how many it stands.
  const own = kind === 'card' ? calls.cards : refusedOf(calls, record.code ?? '')
  own.kept++
  settleLast(recorder, calls, own)
  own.last = record
}

function wait(recorder: CallRecorder, calls: ApplicationCalls, record: NewCallRecord): void {
  if (recorder.waiting.length >= mostWaiting.all || calls.waiting >= mostWaiting.ofApplication) {
    tellLost(recorder, record.applicationId, 1)
    return
  }
  calls.waiting++
  recorder.waiting.push(record)
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
  settleAll(recorder)
  write(recorder)
  await recorder.writing
}

/** Each second while there is anything to do. */
function tick(recorder: CallRecorder): void {
  recorder.timer = undefined
  settleAll(recorder)
  write(recorder)
}

/** Ends the second of all kinds. */
function settleAll(recorder: CallRecorder): void {
  for (const calls of recorder.applications.values())
    for (const kind of [calls.cards, ...calls.refused.values()]) {
      settleLast(recorder, calls, kind)
      kind.kept = 0
    }
}

/** The last that has a record stands for those after it that have none. */
function settleLast(recorder: CallRecorder, calls: ApplicationCalls, kind: Kind): void {
  const { last, left } = kind
  kind.last = undefined
  kind.left = 0
  if (last === undefined) return
  last.standsFor += left
  wait(recorder, calls, last)
}

const noCalls = (): Kind => ({ kept: 0, last: undefined, left: 0 })

function refusedOf({ refused }: ApplicationCalls, code: string): Kind {
  const known = refused.get(code)
  if (known !== undefined) return known
  const kind = noCalls()
  refused.set(code, kind)
  return kind
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
      if (recorder.most() > 0) {
        await makeRoom(recorder, byApplication).catch(error => tellKept(recorder, error))
        await writeCalls(recorder.database, answeredOf(records), replica)
      }
      await keepSightings(recorder, records)
    } catch (error) {
      putBack(recorder, records, byApplication, error)
      return
    }
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

/** Calls are written all the same, unless the database is away. */
function tellKept({ tally }: CallRecorder, error: unknown): void {
  if (isDatabaseOut(error)) throw error
  note(tally, { code: errorCode(error) }, 'old calls could not be removed from the request log')
}

function tellLost({ tally }: CallRecorder, application: string, count: number, code?: string): void {
  const about = { ...(application !== '' && { application }), ...(code && { code }) }
  note(tally, about, 'calls are missing in the request log: they could not be written', count)
}

function callsOf({ applications }: CallRecorder, id: string): ApplicationCalls {
  const known = applications.get(id)
  if (known !== undefined) return known
  const calls: ApplicationCalls = { waiting: 0, cards: noCalls(), refused: new Map() }
  applications.set(id, calls)
  return calls
}

/** The name of this process among the servers over a database. */
export const replica = `${hostname().slice(0, 40)}/${process.pid}`
