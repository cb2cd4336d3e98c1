import { type CalledApplication, callKinds } from '../../application-calls/calls.ts'
import { closeSender } from '../../application-calls/send-call.ts'
import { type Chances, createChances } from '../chances/chances.ts'
import { type CallLog, createCallLog } from './call-log.ts'
import type { ApplicationCalls, CallRecord } from './call-record.ts'
import { type DeskSettings, standardDeskSettings } from './desk-settings.ts'
import { completeFaults, type Faults } from './faults.ts'
import { createHeldCalls, forgetHeld } from './held-calls.ts'
import { type DeskState, makeOvertaking, makeWithFaults } from './make-calls.ts'
import { endWaits } from './waits.ts'

/** The three calls, and what steers and remembers them. */
export type CallDesk = ApplicationCalls & {
  log: CallLog
  faults: () => Faults
  setFaults: (faults: Faults) => void
  settings: () => DeskSettings
  setSettings: (settings: DeskSettings) => void
  /** Forgets the held calls and ends the calls in flight. */
  close: () => Promise<void>
}

/**
 * `timeout` and `holdBack` in milliseconds: how long an application may take to answer, and how long a call is held back
 * for another one to overtake it.
 */
export function createCallDesk({
  timeout = 10_000,
  holdBack = 10_000,
  chances = createChances(),
}: {
  timeout?: number
  holdBack?: number
  /** What goes wrong by chance, besides the faults that are switched on. */
  chances?: Chances
} = {}): CallDesk {
  const desk: DeskState = {
    log: createCallLog(),
    sender: { timeout },
    held: createHeldCalls(holdBack),
    waits: new Set(),
    chances,
    faults: completeFaults({}),
    settings: standardDeskSettings,
  }
  return {
    entityInfo: (application, remoteKey, issueKey) => entityInfo(desk, application, remoteKey, issueKey),
    createLink: (application, issueKey, remoteKeys) =>
      makeOvertaking(desk, { kind: 'createLink', application, issueKey, remoteKeys }, 'removeLink'),
    removeLink: (application, issueKey, remoteKey, linkedAs) =>
      removeLink(desk, application, { issueKey, linkedAs }, remoteKey),
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

/** Names the issue by its present key; by the one that it was linked with only if the fault says so. */
function removeLink(
  desk: DeskState,
  application: CalledApplication,
  { issueKey, linkedAs = issueKey }: { issueKey: string; linkedAs: string | undefined },
  remoteKey: string,
): Promise<CallRecord> {
  const { formerKey } = { ...desk.faults.removeLink, ...desk.chances.ofCall('removeLink') }
  const isFormer = formerKey && linkedAs !== issueKey
  const call = {
    kind: 'removeLink' as const,
    application,
    issueKey: isFormer ? linkedAs : issueKey,
    remoteKeys: [remoteKey],
    ...(isFormer && { fault: 'formerKey' as const }),
  }
  return makeOvertaking(desk, call, 'createLink')
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
