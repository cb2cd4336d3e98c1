import type { XStatic } from 'typebox/schema'

const versionNumber = { type: 'integer', minimum: 1 } as const
const perSecond = { type: 'number', exclusiveMinimum: 0 } as const

const properties = {
  /** Which documents the answers follow: those before 2025, those since, or the old ones under `/v2` and the new under `/v3`. */
  documents: { enum: ['by-version', 'old', 'new'] },
  /** Whether removing a remote link calls the application's `removeLinkUrl`. */
  removalCallsApplication: { type: 'boolean' },
  /** The answer to adding a link that exists: 422, 409, or a second link. */
  repeatedLink: { enum: ['invalid', 'conflict', 'duplicate'] },
  /** Whether adding or removing a link raises the version of its issue. */
  linksRaiseVersion: { type: 'boolean' },
  /** Whether a call without an organization header is refused with 403. */
  organizationRequired: { type: 'boolean' },
  /** Whether an edit of an issue without `If-Match` or `?version=` is refused with 428. */
  versionRequired: { type: 'boolean' },
  /** The versions at which an issue is closed for editing (423). */
  versionLimit: {
    type: 'object',
    additionalProperties: false,
    required: ['robot', 'user'],
    properties: { robot: versionNumber, user: versionNumber },
  },
  /** Calls accepted in any second, per kind; null is no limit. `retryAfter` in seconds, null leaves the header out. */
  rateLimit: {
    anyOf: [
      { type: 'null' },
      {
        type: 'object',
        additionalProperties: false,
        required: ['search', 'other', 'retryAfter'],
        properties: {
          search: perSecond,
          other: perSecond,
          retryAfter: { anyOf: [{ type: 'null' }, { type: 'integer', minimum: 0 }] },
        },
      },
    ],
  },
  /** The status that every admitted call is answered with, whatever it asks; null answers as usual. */
  failing: { enum: [null, 400, 401, 403, 404, 409, 412, 413, 422, 423, 428, 429, 500, 503] },
  /** Which calls `failing` is about: all, or those that change something (anything but GET and searches). */
  failingRequests: { enum: ['all', 'changes'] },
  /** Issues that nobody may read (403), or that were deleted (404), by key or id; searches leave them out. */
  unreadable: { type: 'object', additionalProperties: { enum: [403, 404] } },
  /** Whether a list of more than fifty, such as the links of an issue, comes whole if no page is requested. */
  wholeLists: { type: 'boolean' },
  /** How ids of links are printed. */
  linkIds: { enum: ['number', 'string'] },
  /** The status of a successful `links/_import`: documents say 200, clients expect 201. */
  importStatus: { enum: [200, 201] },
  /** Whether `myself` answers a list, as one old page prints it. */
  myselfAsList: { type: 'boolean' },
} as const

/** JSON Schema of a part of the settings: what is left out stays as it is. */
export const settingsSchema = { type: 'object', additionalProperties: false, properties } as const

/** What the sandbox does where Tracker's documents are silent or differ; each is named in docs/decisions/sandbox.md. */
export type Settings = Required<XStatic<typeof settingsSchema>>

export const defaultSettings: Settings = {
  documents: 'by-version',
  removalCallsApplication: true,
  repeatedLink: 'invalid',
  linksRaiseVersion: false,
  organizationRequired: false,
  versionRequired: false,
  versionLimit: { robot: 10_100, user: 11_100 },
  rateLimit: null,
  failing: null,
  failingRequests: 'all',
  unreadable: {},
  wholeLists: false,
  linkIds: 'number',
  importStatus: 200,
  myselfAsList: false,
}
