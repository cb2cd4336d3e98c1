import { outsideCalls } from '../logging/call.ts'
import type { NewCallRecord } from '../storage/calls/write-calls.ts'
import { type Kind, refusedOf, takeLast, takes } from './shared-records.ts'
import { tableBound } from './table-bound.ts'
import { type ApplicationCalls, callsOf, type WaitingCalls, wait, writeWaiting } from './waiting-calls.ts'

/** The request log of a process. Calls are answered before they come here, and nobody waits for the database. */
export type CallRecorder = WaitingCalls & {
  timer: NodeJS.Timeout | undefined
  writing: Promise<void> | undefined
}

/** Milliseconds until what waits is written. */
const pause = 1_000

export const openCallRecorder = (options: Pick<CallRecorder, 'database' | 'tally' | 'most'>): CallRecorder => ({
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

/** Takes a record of an answered call. `kind`: of a card from memory, or that was refused, see `takesCard` and `takesRefused`. */
export function recordCall(recorder: CallRecorder, record: NewCallRecord, kind?: 'card' | 'refused'): void {
  recorder.timer ??= setTimeout(tick, pause, recorder).unref()
  const calls = callsOf(recorder, record.applicationId)
  if (kind === undefined) {
    keep(recorder, calls, record)
    return
  }
  // The last one is held back until it is known for how many it stands.
  const own = kind === 'card' ? calls.cards : refusedOf(calls, record.code ?? '')
  own.kept++
  settleLast(recorder, calls, own)
  own.last = record
}

function keep(recorder: CallRecorder, calls: ApplicationCalls, record: NewCallRecord): void {
  if (wait(recorder, calls, record)) write(recorder)
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

function settleLast(recorder: CallRecorder, calls: ApplicationCalls, kind: Kind): void {
  const last = takeLast(kind)
  if (last !== undefined) keep(recorder, calls, last)
}

function write(recorder: CallRecorder): void {
  if (recorder.writing !== undefined || recorder.waiting.length === 0) return
  recorder.writing = outsideCalls(() => writeWaiting(recorder)).finally(() => {
    recorder.writing = undefined
    if (recorder.waiting.length > 0) recorder.timer ??= setTimeout(tick, pause, recorder).unref()
  })
}
