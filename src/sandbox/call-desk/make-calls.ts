import type { Call, CallKind } from '../../application-calls/calls.ts'
import { makeCall } from '../../application-calls/make-call.ts'
import type { CallSender } from '../../application-calls/send-call.ts'
import { type WrittenCall, writeCall } from '../../application-calls/write-call.ts'
import type { Chances } from '../chances/chances.ts'
import type { CallLog } from './call-log.ts'
import type { CallRecord, FaultName } from './call-record.ts'
import { callSettings, type DeskSettings } from './desk-settings.ts'
import type { Faults } from './faults.ts'
import { type HeldCalls, holdCall, releaseHeld } from './held-calls.ts'
import { type Waits, waitFor } from './waits.ts'

/** Tracker towards the applications: what steers its calls, and what is remembered of them. */
export type DeskState = {
  readonly log: CallLog
  readonly sender: CallSender
  readonly held: HeldCalls
  readonly waits: Waits
  readonly chances: Chances
  faults: Faults
  settings: DeskSettings
}

/** A call, and what was already done to it. */
type PlannedCall = Call & { readonly fault?: FaultName }

/** Makes a call. Held calls of the opposite kind about the same object follow it: it has overtaken them. */
export async function makeOvertaking(desk: DeskState, call: PlannedCall, opposite: CallKind): Promise<CallRecord> {
  const record = await makeWithFaults(desk, call)
  if (record.state !== 'held') await releaseHeld(desk.held, call, opposite)
  return record
}

/** Makes one call, or what its faults make of it. If there are two, the record is that of the first. */
export async function makeWithFaults(desk: DeskState, call: PlannedCall): Promise<CallRecord> {
  const faults = { ...desk.faults[call.kind], ...desk.chances.ofCall(call.kind) }
  const { dropped, outOfOrder, twiceAtOnce, repeated, slow } = faults
  if (dropped) return putUnsent(desk, call, 'unsent', 'dropped')
  if (outOfOrder) return hold(desk, call)
  const id = desk.log.nextId()
  const first = send(desk, call, { id, slow })
  if (twiceAtOnce) await send(desk, { ...call, fault: 'twiceAtOnce' }, { copyOf: id, slow })
  const record = await first
  if (repeated) await send(desk, { ...call, fault: 'repeated' }, { copyOf: id, slow })
  return record
}

function hold(desk: DeskState, call: PlannedCall): CallRecord {
  const record = putUnsent(desk, call, 'held', 'outOfOrder')
  holdCall(desk.held, call, async () => {
    await send(desk, { ...call, fault: 'outOfOrder' }, { id: record.id, slow: desk.faults[call.kind].slow })
  })
  return record
}

function putUnsent(
  { log, settings }: DeskState,
  call: PlannedCall,
  state: 'unsent' | 'held',
  fault: FaultName,
): CallRecord {
  return log.put({ ...describe(call, write(call, settings)), id: log.nextId(), state, faults: [fault] })
}

async function send(
  desk: DeskState,
  call: PlannedCall,
  { id = desk.log.nextId(), copyOf, slow }: { id?: number; copyOf?: number; slow: number },
): Promise<CallRecord> {
  const { log, waits, sender, settings } = desk
  const written = write(call, settings)
  const record: CallRecord = {
    ...describe(call, written),
    id,
    ...(copyOf !== undefined && { copyOf }),
    state: written.finding ? 'unsent' : 'sending',
    faults: [...(call.fault ? [call.fault] : []), ...(slow > 0 ? ['slow' as const] : [])],
  }
  log.put(record)
  if (record.state === 'unsent') return record
  if (slow > 0) await waitFor(waits, call.kind, slow)
  return log.put({ ...record, ...(await makeCall(sender, call, written)) })
}

const write = (call: PlannedCall, settings: DeskSettings) =>
  writeCall(call, callSettings(settings, call.application.id), 'tracker-links-sandbox')

function describe(call: PlannedCall, written: WrittenCall): Omit<CallRecord, 'id' | 'state' | 'faults'> {
  return {
    at: new Date(),
    call: call.kind,
    applicationId: call.application.id,
    ...(call.issueKey !== undefined && { issueKey: call.issueKey }),
    remoteKeys: call.remoteKeys,
    method: written.method,
    address: written.address,
    requestHeaders: written.shownHeaders,
    ...(written.body !== undefined && { requestBody: written.body }),
    findings: written.finding ? [written.finding] : [],
  }
}
