import type { CallSettings } from '../../application-calls/call-settings.ts'
import type { Call, CallKind } from '../../application-calls/calls.ts'
import { makeCall } from '../../application-calls/make-call.ts'
import type { CallSender } from '../../application-calls/send-call.ts'
import { type WrittenCall, writeCall } from '../../application-calls/write-call.ts'
import type { CallLog } from './call-log.ts'
import type { CallRecord, FaultName } from './call-record.ts'
import type { Faults } from './faults.ts'
import { type HeldCalls, holdCall, releaseHeld } from './held-calls.ts'
import { type Waits, waitFor } from './waits.ts'

/** Tracker towards the applications: what steers its calls, and what is remembered of them. */
export type Calling = {
  readonly log: CallLog
  readonly sender: CallSender
  readonly held: HeldCalls
  readonly waits: Waits
  faults: Faults
  settings: CallSettings
}

/** A call, and what was already done to it. */
type Order = Call & { readonly fault?: FaultName }

/** Makes a call. Held calls of the opposite kind about the same object follow it: it has overtaken them. */
export async function makeOvertaking(calling: Calling, order: Order, opposite: CallKind): Promise<CallRecord> {
  const record = await makeWithFaults(calling, order)
  if (record.state !== 'held') await releaseHeld(calling.held, order, opposite)
  return record
}

/** Makes one call, or what its faults make of it. If there are two, the record is that of the first. */
export async function makeWithFaults(calling: Calling, order: Order): Promise<CallRecord> {
  const { dropped, outOfOrder, twiceAtOnce, repeated } = calling.faults[order.kind]
  if (dropped) return putUnsent(calling, order, 'unsent', 'dropped')
  if (outOfOrder) return hold(calling, order)
  const id = calling.log.nextId()
  const first = send(calling, order, { id })
  if (twiceAtOnce) await send(calling, { ...order, fault: 'twiceAtOnce' }, { copyOf: id })
  const record = await first
  if (repeated) await send(calling, { ...order, fault: 'repeated' }, { copyOf: id })
  return record
}

function hold(calling: Calling, order: Order): CallRecord {
  const record = putUnsent(calling, order, 'held', 'outOfOrder')
  holdCall(calling.held, order, async () => {
    await send(calling, { ...order, fault: 'outOfOrder' }, { id: record.id })
  })
  return record
}

function putUnsent({ log, settings }: Calling, order: Order, state: 'unsent' | 'held', fault: FaultName): CallRecord {
  return log.put({ ...describe(order, write(order, settings)), id: log.nextId(), state, faults: [fault] })
}

async function send(
  calling: Calling,
  order: Order,
  { id = calling.log.nextId(), copyOf }: { id?: number; copyOf?: number },
): Promise<CallRecord> {
  const { log, waits, sender, faults, settings } = calling
  const { slow } = faults[order.kind]
  const written = write(order, settings)
  const record: CallRecord = {
    ...describe(order, written),
    id,
    ...(copyOf !== undefined && { copyOf }),
    state: written.finding ? 'unsent' : 'sending',
    faults: [...(order.fault ? [order.fault] : []), ...(slow > 0 ? ['slow' as const] : [])],
  }
  log.put(record)
  if (record.state === 'unsent') return record
  if (slow > 0) await waitFor(waits, order.kind, slow)
  return log.put({ ...record, ...(await makeCall(sender, order, written)) })
}

const write = (order: Order, settings: CallSettings) => writeCall(order, settings, 'tracker-links-sandbox')

function describe(order: Order, written: WrittenCall): Omit<CallRecord, 'id' | 'state' | 'faults'> {
  return {
    at: new Date(),
    call: order.kind,
    applicationId: order.application.id,
    ...(order.issueKey !== undefined && { issueKey: order.issueKey }),
    remoteKeys: order.remoteKeys,
    method: written.method,
    address: written.address,
    requestHeaders: written.shownHeaders,
    ...(written.body !== undefined && { requestBody: written.body }),
    findings: written.finding ? [written.finding] : [],
  }
}
