import type { Registration } from '../tracker-contract/registration-sheet.ts'

/** What a call needs to know of an application: its registration, as Tracker's team filed it. Addresses are whole. */
export type CalledApplication = Readonly<{
  [Field in 'oauthToken' | 'entityInfoUrl' | 'createLinkUrl' | 'removeLinkUrl']?: Registration[Field] | undefined
}> & {
  readonly id: string
  /** How it takes its token; Tracker's documents name neither the header nor what stands before the token there. */
  readonly tokenForm?: TokenForm
}

/** A header and a scheme such as `OAuth`; `bare` is none. */
export type TokenForm = { readonly header: string; readonly scheme: string }

/** Tracker's three calls, named after its parameters `entityInfoUrl`, `createLinkUrl` and `removeLinkUrl`. */
export const callKinds = ['entityInfo', 'createLink', 'removeLink'] as const
export type CallKind = (typeof callKinds)[number]

/** Something in an answer that differs from the contract, in words: where, which rule, and what to do. */
export type Finding = { level: 'error' | 'warning'; field: string; rule: string; hint: string }

/** What the sandbox did on purpose to a call. */
export type FaultName = 'slow' | 'repeated' | 'outOfOrder' | 'dropped' | 'twiceAtOnce' | 'movedKey'

/** What an answer says of an object, for showing: texts as they came, whatever the contract says of them. */
export type ShownObject = {
  key: string
  summary: string
  iconUrl?: string
  status?: ShownState
  resolution?: ShownState
  assignee?: string
  updated?: string
  deadline?: string
}
export type ShownState = { name: string; description?: string }

/** One call to an application, as it was made and answered. Nothing in it holds a token. */
export type CallRecord = {
  id: number
  /** The call that this one repeats, by a fault. */
  copyOf?: number
  /** When it was asked for. */
  at: Date
  call: CallKind
  applicationId: string
  issueKey?: string
  remoteKeys: readonly string[]
  method: 'GET' | 'POST' | 'DELETE'
  /** The filled template; empty where the application registered none. */
  address: string
  requestHeaders: Readonly<Record<string, string>>
  requestBody?: string
  /** `held`: it waits for the call that is to overtake it. `unsent`: dropped, or there is no address; nothing went out. */
  state: 'held' | 'sending' | 'answered' | 'failed' | 'unsent'
  faults: readonly FaultName[]
  status?: number
  responseHeaders?: Readonly<Record<string, string>>
  /** As it came, cut at a bound of characters. */
  responseBody?: string
  isResponseBodyCut?: boolean
  /** From the moment it was sent to the end of its answer. */
  milliseconds?: number
  findings: readonly Finding[]
  /** The card, where an entity info was answered with one that can be shown. */
  object?: ShownObject
}

/** What the sandbox asks of an application, as Tracker would; never throws: what went wrong is in the record. */
export type ApplicationCalls = {
  entityInfo(application: CalledApplication, remoteKey: string, issueKey?: string): Promise<CallRecord>
  /** Resolves at once, with a record whose state is `held`, where the fault "out of order" holds the call back. */
  createLink(application: CalledApplication, issueKey: string, remoteKeys: readonly string[]): Promise<CallRecord>
  removeLink(application: CalledApplication, issueKey: string, remoteKey: string): Promise<CallRecord>
}
