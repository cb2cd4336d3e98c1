import { hash } from 'node:crypto'
import type { FormerKey } from '../../storage/objects/object-aliases.ts'
import type { StoredObject } from '../../storage/objects/stored-object.ts'
import { objectInfoValue } from '../../tracker-contract/object-info.ts'
import { formatTrackerDate } from '../../tracker-contract/tracker-date.ts'
import { exactNumber } from '../../values/json-digits.ts'

const named = (what: string) =>
  ({
    type: 'object',
    required: ['name'],
    additionalProperties: false,
    description: `The ${what}.`,
    properties: {
      name: { type: 'string', maxLength: 255, description: `Name of the ${what}.` },
      description: { type: 'string', maxLength: 1_000, description: `What Tracker shows beside the ${what}.` },
    },
  }) as const
const uid = (whose: string) => ({ type: 'integer', description: `Uid of the assignee ${whose}.` }) as const
const moment = (what: string) =>
  ({ type: 'string', description: `${what}, such as 2024-05-02T10:11:12.345+0000.` }) as const

/** The fields of a card in an answer; their names are Tracker's. */
const card = {
  summary: { type: 'string', maxLength: 1_000, description: 'Title of the object.' },
  iconUrl: { type: 'string', maxLength: 2_048, description: 'Address of its icon.' },
  status: named('status'),
  resolution: named('resolution'),
  assignee: {
    type: 'object',
    additionalProperties: false,
    description: 'Who is responsible: one of the three is enough.',
    properties: {
      trackerUid: uid('in Tracker'),
      passportUid: uid('in Yandex ID'),
      login: { type: 'string', maxLength: 255, description: 'Login of the assignee.' },
    },
  },
  updated: moment('When it was changed in the application'),
  deadline: moment('When it is due'),
} as const

const sequence = "The application's own version of the object, 0 to 9223372036854775807"

/** The body of a push. Beside the numbers of an answer it takes their digits, and `null` for what an answer leaves out. */
export const pushSchema = {
  type: 'object',
  description: 'Send a card with Tracker\'s fields, such as {"summary": "Deploy", "status": {"name": "Open"}}.',
  required: ['summary'],
  additionalProperties: false,
  properties: {
    key: {
      anyOf: [{ type: 'string' }, { type: 'integer' }],
      description: 'The key in the address once more, or left out.',
    },
    ...card,
    sequence: {
      anyOf: [{ type: 'integer', minimum: 0 }, { type: 'string', pattern: '^[0-9]{1,19}$' }, { type: 'null' }],
      description: `${sequence}, as a number or its digits. A push with a lower sequence than the stored one is late, and is dropped.`,
    },
  },
} as const

/** An object in an answer. */
export const objectSchema = {
  type: 'object',
  required: ['key', 'summary', 'storedAt'],
  additionalProperties: false,
  properties: {
    key: { type: 'string', description: 'Key of the object, exactly as the application writes it.' },
    ...card,
    sequence: { type: 'integer', description: `${sequence}; absent if none was ever pushed.` },
    storedAt: moment('When it was last written here'),
    fetchedAt: moment('If it is not pushed: when its source last gave this card'),
  },
} as const

const formerKey = {
  type: 'object',
  required: ['key', 'since', 'linksInTracker'],
  additionalProperties: false,
  properties: {
    key: { type: 'string', description: 'The former key.' },
    since: moment('When the object was renamed'),
    linksInTracker: {
      type: ['integer', 'null'],
      description: 'Links that Tracker may still have with it; null if that is not known, as without an organization.',
    },
  },
} as const

/** An object with what belongs to it. */
export const wholeObjectSchema = {
  ...objectSchema,
  properties: {
    ...objectSchema.properties,
    formerKeys: {
      type: 'array',
      items: formerKey,
      description:
        'Keys that it had before and still answers to; absent if there are none. The ETag does not count them.',
    },
  },
} as const

export const formerKeysJson = (former: readonly FormerKey[]) =>
  former.map(({ key, since, linksInTracker }) => ({ key, since: formatTrackerDate(since), linksInTracker }))

export const etagHeader = {
  ETag: { type: 'string', description: 'Names this state of the object, for If-Match.' },
} as const

/** An object for an answer, with all digits of its numbers. */
export function objectJson({ info, sequence, storedAt, fetchedAt }: StoredObject) {
  return {
    ...objectInfoValue(info),
    ...(sequence !== undefined && { sequence: exactNumber(sequence) }),
    storedAt: formatTrackerDate(storedAt),
    ...(fetchedAt && { fetchedAt: formatTrackerDate(fetchedAt) }),
  }
}

export const objectEtag = (object: StoredObject) => `"${hash('sha1', JSON.stringify(objectJson(object)), 'base64url')}"`
