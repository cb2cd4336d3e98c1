import type { Call, CallKind } from '../../application-calls/calls.ts'

type HeldCall = { readonly call: Call; readonly timer: NodeJS.Timeout; readonly send: () => Promise<void> }

/** Calls that wait for another one to overtake them, at most `longest` milliseconds. */
export type HeldCalls = { readonly longest: number; readonly calls: Set<HeldCall> }

export const createHeldCalls = (longest: number): HeldCalls => ({ longest, calls: new Set() })

export function holdCall(held: HeldCalls, call: Call, send: () => Promise<void>): void {
  const timer = setTimeout(() => void sendHeld(held, one), held.longest).unref()
  const one: HeldCall = { call, timer, send }
  held.calls.add(one)
}

/** Sends the held calls of this kind about the same objects as `overtaking`, in their order. */
export async function releaseHeld(held: HeldCalls, overtaking: Call, kind: CallKind): Promise<void> {
  const isMeant = ({ call }: HeldCall) =>
    call.kind === kind &&
    call.application.id === overtaking.application.id &&
    call.remoteKeys.some(key => overtaking.remoteKeys.includes(key))
  for (const one of Array.from(held.calls).filter(isMeant)) await sendHeld(held, one)
}

/** Drops the held calls, unsent. */
export function forgetHeld({ calls }: HeldCalls): void {
  for (const { timer } of calls) clearTimeout(timer)
  calls.clear()
}

async function sendHeld(held: HeldCalls, one: HeldCall): Promise<void> {
  if (!held.calls.delete(one)) return
  clearTimeout(one.timer)
  await one.send()
}
