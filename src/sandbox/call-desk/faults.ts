import { type CallKind, callKinds } from '../../application-calls/calls.ts'
import type { FaultName } from './call-record.ts'

/** What is done to the calls of one kind: `slow` is a delay in milliseconds, the others are on or off. */
export type CallFaults = { slow: number } & Record<Exclude<FaultName, 'slow'>, boolean>
export type Faults = Record<CallKind, CallFaults>

/** The faults that make sense for each kind of call. */
export const faultNames: Record<CallKind, readonly FaultName[]> = {
  entityInfo: ['slow', 'repeated', 'twiceAtOnce', 'dropped'],
  createLink: ['slow', 'repeated', 'twiceAtOnce', 'outOfOrder', 'dropped'],
  removeLink: ['slow', 'repeated', 'twiceAtOnce', 'outOfOrder', 'dropped', 'formerKey'],
}

/** The longest delay, in milliseconds. */
export const slowMost = 60_000

const none: CallFaults = {
  slow: 0,
  repeated: false,
  twiceAtOnce: false,
  outOfOrder: false,
  dropped: false,
  formerKey: false,
}

/** Faults as a user writes them: what is left out is off. */
export type WrittenFaults = { [Kind in CallKind]?: Partial<CallFaults> }

export function completeFaults(written: WrittenFaults): Faults {
  return Object.fromEntries(callKinds.map(call => [call, { ...none, ...written[call] }])) as Faults
}

/** How many switches are on. */
export function countFaults(faults: Faults): number {
  return callKinds.flatMap(call => Object.values(faults[call])).filter(Boolean).length
}

/** JSON Schema of `WrittenFaults`. */
export const faultsSchema = {
  type: 'object',
  additionalProperties: false,
  properties: Object.fromEntries(
    callKinds.map(call => [
      call,
      {
        type: 'object',
        additionalProperties: false,
        properties: Object.fromEntries(
          faultNames[call].map(name => [
            name,
            name === 'slow' ? { type: 'integer', minimum: 0, maximum: slowMost } : { type: 'boolean' },
          ]),
        ),
      },
    ]),
  ),
} as const
