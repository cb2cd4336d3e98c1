import type { TokenForm } from '../../application-calls/calls.ts'
import type { Registration } from '../../tracker-contract/registration-sheet.ts'

// What the sandbox remembers, as plain JSON: the data file holds exactly this. A record is never changed in place, but
// replaced. Moments are in Tracker's form, in UTC, so that they compare as text; uids are strings of digits.

/** Yandex 360 names its organizations in `X-Org-ID`, Yandex Cloud in `X-Cloud-Org-ID`. */
export type Organization = { readonly kind: 'yandex360' | 'cloud'; readonly id: string }

/** An application as registered in Tracker, where the URLs are optional. Not in the data file: it contains a token. */
export type Application = Readonly<
  Omit<Registration, 'entityInfoUrl' | 'createLinkUrl' | 'removeLinkUrl'> &
    Partial<Pick<Registration, 'entityInfoUrl' | 'createLinkUrl' | 'removeLinkUrl'>> & { tokenForm?: TokenForm }
>

/** A user of the organization. `uid` has up to 64 bits, so it is kept as digits and printed as a number. */
export type User = {
  readonly uid: string
  readonly login: string
  readonly display: string
  readonly firstName: string
  readonly lastName: string
  readonly email: string
  readonly cloudUid: string
  /** May import: the documents since 2025 require an administrator. */
  readonly admin: boolean
  /** A robot's edits are refused earlier: at version 10100 instead of 11100. */
  readonly robot: boolean
}

export type Queue = { readonly id: string; readonly key: string; readonly name: string; readonly lastNumber: number }

export type Issue = {
  /** Hexadecimal and stable: it survives a move, which the key does not. */
  readonly id: string
  readonly key: string
  /** Former keys, the oldest first. */
  readonly aliases: readonly string[]
  readonly queue: string
  readonly previousQueue?: string
  /** Given by the creator of the issue: no second issue can be created with it. */
  readonly unique?: string
  /** Grows with each edit; `If-Match` and `?version=` are compared with it. */
  readonly version: number
  readonly summary: string
  readonly description?: string
  /** Keys, as in `vocabulary.ts`. */
  readonly type: string
  readonly status: string
  readonly priority: string
  /** Uids. */
  readonly assignee?: string
  readonly followers: readonly string[]
  readonly tags: readonly string[]
  readonly deadline?: string
  readonly createdAt: string
  readonly updatedAt: string
  readonly createdBy: string
  readonly updatedBy: string
}

type Change = {
  readonly createdBy: string
  readonly updatedBy: string
  readonly createdAt: string
  readonly updatedAt: string
}

/** Tracker's side of a link to an object of an application. `key` is the remote key, exactly as given. */
export type RemoteLink = Change & {
  readonly id: number
  readonly issueId: string
  /** The key that the issue had when it was linked; absent in links of older data files. It is not changed by a move. */
  readonly linkedAs?: string
  readonly type: string
  readonly direction: LinkDirection
  readonly applicationId: string
  readonly key: string
}

export type LinkDirection = 'outward' | 'inward'

/** A link between two issues: `outward` as seen from `outwardOf`, `inward` as seen from `inwardOf`. Both are issue ids. */
export type IssueLink = Change & {
  readonly id: number
  readonly type: string
  readonly outwardOf: string
  readonly inwardOf: string
}

/** One entry of an issue's changelog. Links are stored as they were, since they may be gone. */
export type ChangelogEntry = {
  readonly id: string
  readonly issueId: string
  readonly type: 'IssueCreated' | 'IssueUpdated' | 'IssueMoved' | 'IssueWorkflow' | 'IssueLinked' | 'IssueUnlinked'
  readonly updatedAt: string
  readonly updatedBy: string
  readonly fields?: readonly { readonly field: string; readonly from: unknown; readonly to: unknown }[]
  readonly links?: readonly { readonly from: IssueLink | null; readonly to: IssueLink | null }[]
  readonly comments?: readonly { readonly id: string; readonly text: string }[]
  readonly executedTriggers?: readonly {
    readonly queue: string
    readonly id: number
    readonly name: string
    readonly success: boolean
    readonly message: string
  }[]
}
