import { isExactNumber } from './exact-json.ts'

/** What an answer says about an object, for showing: texts as they came, even if the contract forbids them. */
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

/** What can be shown of a card, however wrong it is; undefined if it has not even a summary. */
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

/** The login, otherwise a uid. */
function personOf(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { login, trackerUid, passportUid } = value as Record<string, unknown>
  const uid = trackerUid ?? passportUid
  return textOf(login) ?? (isExactNumber(uid) ? uid.rawJSON : undefined)
}
