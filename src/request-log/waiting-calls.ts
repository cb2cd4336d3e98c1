import { hostname } from 'node:os'
import { errorCode } from '../errors/error-code.ts'
import { note, type Tally } from '../logging/tally.ts'
import { type NewCallRecord, writeCalls } from '../storage/calls/write-calls.ts'
import { isDatabaseOut } from '../storage/database/connection/database-problem.ts'
import type { Queries } from '../storage/database/queries.ts'
import { answeredOf, keepSightings, type SightingBound } from './probe/keep-sightings.ts'
import { noCalls, type SharedKinds } from './shared-records.ts'
import { hasRoom, keepBounded, makeRoom, type TableBound } from './table-bound.ts'

/** What waits to be written, and what each application has had since the last look. What finds no room is counted. */
export type WaitingCalls = {
  database: Queries
  tally: Tally
  /** Records that each application may have; 0: nothing is recorded. */
  most: () => number
  waiting: NewCallRecord[]
  applications: Map<string, ApplicationCalls>
  bound: TableBound
  /** Sightings of the probe since the oldest were removed, by application. */
  sighted: SightingBound
}

/** Of an application: its records that wait, and the kinds of calls that share records. */
export type ApplicationCalls = SharedKinds & { waiting: number }

/** Records that may wait, in all and of one application: some 5 MB at most. */
const mostWaiting = { all: 5_000, ofApplication: 2_500 }
/** Records of a statement. */
const batch = 500

export function callsOf({ applications }: WaitingCalls, id: string): ApplicationCalls {
  const known = applications.get(id)
  if (known !== undefined) return known
  const calls: ApplicationCalls = { waiting: 0, cards: noCalls(), refused: new Map() }
  applications.set(id, calls)
  return calls
}

/** Lets a record wait, if there is room. Returns whether enough wait to be written at once. */
export function wait(calls: WaitingCalls, own: ApplicationCalls, record: NewCallRecord): boolean {
  if (calls.waiting.length >= mostWaiting.all || own.waiting >= mostWaiting.ofApplication) {
    tellLost(calls, record.applicationId, 1)
    return false
  }
  own.waiting++
  return calls.waiting.push(record) >= batch
}

/** Writes what waits, in batches, until all is written or the database is away. */
export async function writeWaiting(calls: WaitingCalls): Promise<void> {
  while (calls.waiting.length > 0) {
    const records = calls.waiting.splice(0, batch)
    const byApplication = Map.groupBy(records, ({ applicationId }) => applicationId)
    for (const [id, own] of byApplication) callsOf(calls, id).waiting -= own.length
    try {
      if (calls.most() > 0 && hasRoom(calls)) await makeRoom(calls).catch(error => tellKept(calls, error))
      if (!hasRoom(calls)) {
        for (const [id, own] of byApplication) tellLost(calls, id, own.length, 'no-room')
        continue
      }
      if (calls.most() > 0) await writeCalls(calls.database, answeredOf(records), replica)
      await keepSeen(calls, records)
    } catch (error) {
      putBack(calls, records, byApplication, error)
      return
    }
    if (calls.most() > 0) await keepBounded(calls, byApplication).catch(error => noteKept(calls, error))
  }
}

/** What the probe lacks must not keep the calls from being written. Without them its sightings wait like calls. */
async function keepSeen(calls: WaitingCalls, records: readonly NewCallRecord[]): Promise<void> {
  try {
    await keepSightings(calls, records)
  } catch (error) {
    if (calls.most() === 0) throw error
    note(calls.tally, { code: errorCode(error) }, 'what the probe saw of some calls could not be written')
  }
}

/** While the database is away its calls wait: they are those that somebody will look for. Others would fail again. */
function putBack(
  calls: WaitingCalls,
  records: readonly NewCallRecord[],
  byApplication: ReadonlyMap<string, readonly NewCallRecord[]>,
  error: unknown,
): void {
  const isRoom = calls.waiting.length + records.length <= mostWaiting.all
  if (isDatabaseOut(error) && isRoom) {
    for (const [id, own] of byApplication) callsOf(calls, id).waiting += own.length
    calls.waiting.unshift(...records)
  } else for (const [id, own] of byApplication) tellLost(calls, id, own.length, errorCode(error))
}

/** What waits is put back while the database is away. */
function tellKept(calls: WaitingCalls, error: unknown): void {
  if (isDatabaseOut(error)) throw error
  noteKept(calls, error)
}

function noteKept({ tally }: WaitingCalls, error: unknown): void {
  note(tally, { code: errorCode(error) }, 'old calls could not be removed from the request log')
}

function tellLost({ tally }: WaitingCalls, application: string, count: number, code?: string): void {
  const about = { ...(application !== '' && { application }), ...(code && { code }) }
  note(tally, about, 'calls are missing in the request log: they could not be written', { times: count })
}

/** The name of this process among the servers over a database. */
export const replica = `${hostname().slice(0, 40)}/${process.pid}`
