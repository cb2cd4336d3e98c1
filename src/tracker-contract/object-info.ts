import { exactNumber } from '../values/json-digits.ts'
import type { RemoteKey } from './remote-key.ts'
import { formatTrackerDate } from './tracker-date.ts'

/** Tracker's name and description of a status or a resolution. */
export type NamedState = { name: string; description?: string }

/** A card: what Tracker shows of an object (documented in "Setting up an external application"). Field names are Tracker's. */
export type ObjectInfo = {
  key: RemoteKey
  summary: string
  iconUrl?: string
  status?: NamedState
  resolution?: NamedState
  /** Uids are 64-bit: a JavaScript number would lose digits. */
  assignee?: { trackerUid?: bigint; passportUid?: bigint; login?: string }
  updated?: Date
  deadline?: Date
}

/** The card's JSON with exactly Tracker's fields: absent ones left out, dates in Tracker's form, uids with all their digits. */
export function objectInfoJson(info: ObjectInfo): string {
  return JSON.stringify(objectInfoValue(info))
}

/** The same as a value for `JSON.stringify`. */
export function objectInfoValue(info: ObjectInfo) {
  return {
    key: info.key,
    summary: info.summary,
    iconUrl: info.iconUrl,
    status: info.status,
    resolution: info.resolution,
    assignee: info.assignee && {
      trackerUid: uid(info.assignee.trackerUid),
      passportUid: uid(info.assignee.passportUid),
      login: info.assignee.login,
    },
    updated: info.updated && formatTrackerDate(info.updated),
    deadline: info.deadline && formatTrackerDate(info.deadline),
  }
}

const uid = (value: bigint | undefined) => (value === undefined ? undefined : exactNumber(value))
