import type { ShownObject, ShownState } from './application-calls.ts'
import type { ExactNumber } from './check-object-info.ts'

/** A body read as JSON, or the reason why it is none, in words. Numbers keep the digits that they were written with. */
export function readJson(bytes: Uint8Array): { value: unknown } | { fault: string } {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return { fault: 'is no UTF-8' }
  }
  if (text.startsWith('\uFEFF')) return { fault: 'starts with a byte order mark' }
  if (text.trim() === '') return { fault: 'is empty' }
  try {
    return { value: JSON.parse(text, keepDigits) }
  } catch (error) {
    return { fault: `is no JSON (${(error as Error).message})` }
  }
}

function keepDigits(_name: string, value: unknown, { source }: { source?: string }): unknown {
  if (typeof value !== 'number') return value
  const exact: ExactNumber = Object.assign(Object.create(null), { number: source ?? String(value) })
  return exact
}

/** What can be shown of a card, however wrong it is; undefined where not even a summary is there. */
export function readShownObject(body: unknown, remoteKey: string): ShownObject | undefined {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return undefined
  const { key, summary, iconUrl, status, resolution, assignee, updated, deadline } = body as Record<string, unknown>
  if (typeof summary !== 'string') return undefined
  return {
    key: typeof key === 'string' ? key : remoteKey,
    summary,
    ...some('iconUrl', textOf(iconUrl)),
    ...some('status', stateOf(status)),
    ...some('resolution', stateOf(resolution)),
    ...some('assignee', personOf(assignee)),
    ...some('updated', textOf(updated)),
    ...some('deadline', textOf(deadline)),
  }
}

const some = (name: string, value: unknown) => (value === undefined ? {} : { [name]: value })

const textOf = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined)

function stateOf(value: unknown): ShownState | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { name, description } = value as Record<string, unknown>
  if (typeof name !== 'string') return undefined
  return typeof description === 'string' ? { name, description } : { name }
}

/** The login, else a uid. */
function personOf(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { login, trackerUid, passportUid } = value as Record<string, unknown>
  const uid = (trackerUid ?? passportUid) as Partial<ExactNumber> | null | undefined
  return textOf(login) ?? textOf(uid?.number)
}
