import type { MirrorState } from '../../reconciliation/mirror/mirror-state.ts'
import { visible } from '../terminal-text.ts'

/** Where a link stands with Tracker, in words. */
export function mirrorText({ state, reason, detail, nextTry }: MirrorState): string {
  if (state === 'failed')
    return `failed: ${whyText({ reason, detail })}; next try ${nextTry?.toISOString() ?? 'at once'}`
  return texts[state]
}

const texts = {
  mirrored: 'mirrored',
  pending: 'pending: Tracker is to be told',
  unsent: 'unsent: Tracker has another state, and the application is not mirrored',
  unknown: 'unknown: it did not change since the application has its organization',
} as const

/** Why something failed: its code, and in words what to do. */
export const whyText = ({
  reason,
  detail,
}: {
  reason?: string | undefined
  detail?: string | null | undefined
}): string => visible([reason, detail].filter(Boolean).join(', '))

/** The same as a value to print. */
export const mirrorValue = ({ nextTry, ...state }: MirrorState) => ({
  ...state,
  ...(nextTry && { nextTry: nextTry.toISOString() }),
})
