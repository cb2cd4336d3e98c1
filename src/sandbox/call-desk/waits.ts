import type { CallKind } from '../../application-calls/calls.ts'

/** Calls that go out later, by the fault "slow". */
export type Waits = Set<{ readonly kind: CallKind; readonly end: () => void }>

/** Resolves after this many milliseconds, or when the waits of this kind are ended. */
export function waitFor(waits: Waits, kind: CallKind, milliseconds: number): Promise<void> {
  return new Promise(resolve => {
    const end = () => {
      clearTimeout(timer)
      waits.delete(wait)
      resolve()
    }
    const wait = { kind, end }
    const timer = setTimeout(end, milliseconds)
    waits.add(wait)
  })
}

/** Lets the waiting calls of these kinds go out now. */
export function endWaits(waits: Waits, kinds: readonly CallKind[]): void {
  for (const { end } of [...waits].filter(({ kind }) => kinds.includes(kind))) end()
}
