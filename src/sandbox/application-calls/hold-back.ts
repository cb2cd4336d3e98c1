import type { CalledApplication, CallKind } from '../../application-calls/application-calls.ts'

type Held = {
  call: CallKind
  applicationId: string
  remoteKeys: readonly string[]
  timer: NodeJS.Timeout
  send: () => Promise<void>
}
type Order = { call: CallKind; application: CalledApplication; remoteKeys: readonly string[] }

/** Calls that wait: for another that is to overtake them, at most `longest` milliseconds, or for a time. */
export function createHoldBack(longest: number) {
  const held = new Set<Held>()
  const waiting = new Map<NodeJS.Timeout, { call: CallKind; end: () => void }>()

  async function sendHeld(one: Held): Promise<void> {
    if (!held.delete(one)) return
    clearTimeout(one.timer)
    await one.send()
  }

  return {
    add({ call, application, remoteKeys }: Order, send: () => Promise<void>): void {
      const one: Held = {
        call,
        applicationId: application.id,
        remoteKeys,
        send,
        timer: setTimeout(() => void sendHeld(one), longest).unref(),
      }
      held.add(one)
    },
    /** Sends the held calls of the other kind about the same object, in their order. */
    async release({ application, remoteKeys }: Order, over: CallKind): Promise<void> {
      const isMeant = (one: Held) =>
        one.call === over &&
        one.applicationId === application.id &&
        one.remoteKeys.some(key => remoteKeys.includes(key))
      for (const one of Array.from(held).filter(isMeant)) await sendHeld(one)
    },
    /** Resolves after this many milliseconds, or when calls of this kind, or all of them, are to wait no longer. */
    wait: (call: CallKind, milliseconds: number): Promise<void> =>
      new Promise(resolve => {
        const end = () => {
          clearTimeout(timer)
          waiting.delete(timer)
          resolve()
        }
        const timer = setTimeout(end, milliseconds)
        waiting.set(timer, { call, end })
      }),
    endWaits(call: CallKind): void {
      for (const one of [...waiting.values()].filter(({ call: kind }) => kind === call)) one.end()
    },
    close(): void {
      for (const { timer } of held) clearTimeout(timer)
      held.clear()
      for (const { end } of waiting.values()) end()
    },
  }
}
