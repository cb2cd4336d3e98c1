/** What the sandbox does where Tracker's documents are open or differ; each is named in docs/decisions/sandbox.md. */
export type Settings = {
  /** Which documents the answers follow: those before 2025, those since, or the old ones under `/v2` and the new under `/v3`. */
  documents: 'by-version' | 'old' | 'new'
  /** Whether removing a remote link calls the application's `removeLinkUrl`. */
  removalCallsApplication: boolean
  /** What a link that is there already is answered with: 422, 409, or a second link. */
  repeatedLink: 'invalid' | 'conflict' | 'duplicate'
  /** Whether adding or removing a link raises the version of its issue. */
  linksRaiseVersion: boolean
  /** Whether a call without an organization header is refused with 403. */
  organizationRequired: boolean
  /** Whether an edit of an issue without `If-Match` or `?version=` is refused with 428. */
  versionRequired: boolean
  /** The versions at which an issue is closed for editing (423). */
  versionLimit: { robot: number; user: number }
  /** Calls that Tracker takes in a second, per kind; null is without limit. `retryAfter` in seconds, null leaves the header out. */
  rateLimit: { search: number; other: number; retryAfter: number | null } | null
  /** How ids of links are printed. */
  linkIds: 'number' | 'string'
  /** The status of a successful `links/_import`: documents say 200, clients expect 201. */
  importStatus: 200 | 201
  /** One old page prints the answer of `myself` as a list. */
  myselfAsList: boolean
}

export const defaultSettings: Settings = {
  documents: 'by-version',
  removalCallsApplication: true,
  repeatedLink: 'invalid',
  linksRaiseVersion: false,
  organizationRequired: false,
  versionRequired: false,
  versionLimit: { robot: 10_100, user: 11_100 },
  rateLimit: null,
  linkIds: 'number',
  importStatus: 200,
  myselfAsList: false,
}
