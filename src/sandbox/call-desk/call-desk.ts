import { type CallSettings, standardCallSettings } from '../../application-calls/call-settings.ts'
import { type CalledApplication, callKinds } from '../../application-calls/calls.ts'
import { closeSender } from '../../application-calls/send-call.ts'
import { type CallLog, createCallLog } from './call-log.ts'
import type { ApplicationCalls, CallRecord } from './call-record.ts'
import { completeFaults, type Faults } from './faults.ts'
import { createHeldCalls, forgetHeld } from './held-calls.ts'
import { type DeskState, makeOvertaking, makeWithFaults } from './make-calls.ts'
import { endWaits } from './waits.ts'

/** The three calls, and what steers and remembers them. */
export type CallDesk = ApplicationCalls & {
  log: CallLog
  faults: () => Faults
  setFaults: (faults: Faults) => void
  settings: () => CallSettings
  setSettings: (settings: CallSettings) => void
  /** Forgets the held calls and ends the calls in flight. */
  close: () => Promise<void>
}

/** The keys that an issue had before it was moved. */
type FormerKeys = (issueKey: string) => readonly string[]

/**
 * `timeout` and `holdBack` in milliseconds: how long an application may take to answer, and how long a call is held back
 * for another one to overtake it.
 */
export function createCallDesk({
  timeout = 10_000,
  holdBack = 10_000,
  formerKeys,
}: {
  timeout?: number
  holdBack?: number
  formerKeys: FormerKeys
}): CallDesk {
  const desk: DeskState = {
    log: createCallLog(),
    sender: { timeout },
    held: createHeldCalls(holdBack),
    waits: new Set(),
    faults: completeFaults({}),
    settings: standardCallSettings,
  }
  return {
    entityInfo: (application, remoteKey, issueKey) => entityInfo(desk, application, remoteKey, issueKey),
    createLink: (application, issueKey, remoteKeys) =>
      makeOvertaking(desk, { kind: 'createLink', application, issueKey, remoteKeys }, 'removeLink'),
    removeLink: (application, issueKey, remoteKey) =>
      removeLink(desk, application, issueKey, remoteKey, formerKeys(issueKey)),
    log: desk.log,
    faults: () => desk.faults,
    setFaults: faults => setFaults(desk, faults),
    settings: () => desk.settings,
    setSettings(settings) {
      desk.settings = settings
    },
    close: () => closeDesk(desk),
  }
}

function entityInfo(desk: DeskState, application: CalledApplication, remoteKey: string, issueKey?: string) {
  const about = { remoteKeys: [remoteKey], ...(issueKey !== undefined && { issueKey }) }
  return makeWithFaults(desk, { kind: 'entityInfo', application, ...about })
}

function removeLink(
  desk: DeskState,
  application: CalledApplication,
  issueKey: string,
  remoteKey: string,
  formerKeys: readonly string[],
): Promise<CallRecord> {
  const { movedKey } = desk.faults.removeLink
  const keyOfLink = keyWhenLinked(desk.log, application, remoteKey, [issueKey, ...formerKeys]) ?? issueKey
  const call = {
    kind: 'removeLink' as const,
    application,
    issueKey: movedKey ? issueKey : keyOfLink,
    remoteKeys: [remoteKey],
    ...(movedKey && formerKeys.length > 0 && { fault: 'movedKey' as const }),
  }
  return makeOvertaking(desk, call, 'createLink')
}

/** The key under which the application was told of the link, as far back as the log goes. */
function keyWhenLinked(
  log: CallLog,
  application: CalledApplication,
  remoteKey: string,
  keys: readonly string[],
): string | undefined {
  const [latest] = log.list(
    record =>
      record.call === 'createLink' &&
      record.applicationId === application.id &&
      record.remoteKeys.includes(remoteKey) &&
      keys.includes(record.issueKey ?? ''),
  )
  return latest?.issueKey
}

/** A waiting call goes out at once if it would wait less now. */
function setFaults(desk: DeskState, faults: Faults): void {
  const sooner = callKinds.filter(kind => faults[kind].slow < desk.faults[kind].slow)
  desk.faults = faults
  endWaits(desk.waits, sooner)
}

async function closeDesk({ held, waits, sender }: DeskState): Promise<void> {
  forgetHeld(held)
  endWaits(waits, callKinds)
  await closeSender(sender)
}
