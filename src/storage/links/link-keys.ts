import type { IssueKey } from '../../tracker-contract/issue-key.ts'
import type { RemoteKey } from '../../tracker-contract/remote-key.ts'

/** Both keys of a link within one application. */
export type LinkKeys = { issueKey: IssueKey; remoteKey: RemoteKey }

/** Which links of an application to read: of an issue, by any key that it has or had, of an object, or all. */
export type LinkFilter = { issueKey?: IssueKey; remoteKey?: RemoteKey }

/** A page of a list: at most `limit` entries, after the place `after` or after the first `skip`. */
export type Stretch<Place> = { after?: Place; skip?: number; limit: number }
