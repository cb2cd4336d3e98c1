import type { CalledApplication, CallKind } from '../../application-calls/calls.ts'
import type { Finding } from '../../application-calls/finding.ts'
import type { ShownObject } from '../../application-calls/shown-object.ts'

/** What the sandbox did to a call on purpose. */
export type FaultName = 'slow' | 'repeated' | 'outOfOrder' | 'dropped' | 'twiceAtOnce' | 'formerKey'

/** One call to an application, as it was made and answered. Nothing in it contains a token. */
export type CallRecord = {
  id: number
  /** The call that this one repeats because of a fault. */
  copyOf?: number
  /** When it was requested. */
  at: Date
  call: CallKind
  applicationId: string
  issueKey?: string
  remoteKeys: readonly string[]
  method: 'GET' | 'POST' | 'DELETE'
  /** The filled template; empty if the application registered none. */
  address: string
  requestHeaders: Readonly<Record<string, string>>
  requestBody?: string
  /** `held`: waits for the call that is to overtake it. `unsent`: dropped, or without an address; nothing went out. */
  state: 'held' | 'sending' | 'answered' | 'failed' | 'unsent'
  faults: readonly FaultName[]
  status?: number
  responseHeaders?: Readonly<Record<string, string>>
  /** As it came, cut after some thousand characters. */
  responseBody?: string
  isResponseBodyCut?: boolean
  /** From sending the call to the end of its answer. */
  milliseconds?: number
  findings: readonly Finding[]
  /** The card, if entity info was answered with one that can be shown. */
  object?: ShownObject
}

/** The calls that the sandbox makes to an application, as Tracker would. Never rejects: the record says what went wrong. */
export type ApplicationCalls = {
  entityInfo(application: CalledApplication, remoteKey: string, issueKey?: string): Promise<CallRecord>
  /** Resolves at once with a record in the state `held` if the fault "out of order" holds the call back. */
  createLink(application: CalledApplication, issueKey: string, remoteKeys: readonly string[]): Promise<CallRecord>
  /** `linkedAs` is the key that the issue had when it was linked; it is sent only by the fault "former key". */
  removeLink(
    application: CalledApplication,
    issueKey: string,
    remoteKey: string,
    linkedAs?: string,
  ): Promise<CallRecord>
}
