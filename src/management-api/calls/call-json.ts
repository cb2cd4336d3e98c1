import { type CallRecord, ofNobody } from '../../storage/calls/list-calls.ts'
import { formatTrackerDate } from '../../tracker-contract/tracker-date.ts'

const text = (description: string) => ({ type: 'string', description }) as const
const texts = (description: string) => ({ type: 'array', items: { type: 'string' }, description }) as const

/** A call of the request log in an answer. */
export const callSchema = {
  title: 'CallRecord',
  type: 'object',
  required: ['requestId', 'at', 'call', 'method', 'status', 'milliseconds', 'replica', 'headers', 'standsFor'],
  properties: {
    requestId: text('Id of the request, as in the log and in the answer (`x-request-id`).'),
    at: text("When it was answered, in Tracker's form."),
    application: text('Id of the application; absent if no application has the address.'),
    call: { enum: ['entityInfo', 'createLink', 'removeLink', 'trigger', 'unknown'], description: 'Which call it was.' },
    method: text('The method of the request.'),
    issueKey: text('The issue, if the call named one.'),
    remoteKeys: texts('The first objects that the call named, or the readings of its address.'),
    remoteKeyCount: { type: 'integer', description: 'How many objects it named.' },
    taken: text('The key of the reading of the address that was taken.'),
    status: { type: 'integer', description: 'The status that was answered.' },
    code: text('The code of the error that was answered.'),
    milliseconds: { type: 'number', description: 'From the request to the end of its answer.' },
    source: { enum: ['memory', 'database', 'source', 'lastGood'], description: 'Where the card came from.' },
    actor: {
      type: 'object',
      additionalProperties: true,
      description: 'The user on whose behalf Tracker called, if that is known.',
    },
    replica: text('Host name and process id of the server.'),
    path: text('The path that was asked for, and the names in its query; only of an address that no application has.'),
    nearest: text('The template that was probably meant.'),
    headers: {
      type: 'object',
      additionalProperties: { type: ['string', 'null'] },
      description: 'The names of the headers; a value only if it can hold no secret.',
    },
    tokenIn: texts('Of an answer 401: the headers in which something like a token stood.'),
    scheme: text(
      'What stood before the token: a well-known name, `bare` (nothing), `other`, or `absent` without the header.',
    ),
    tokenPlace: { type: 'integer', description: 'Which token of `authorization.tokens` was presented, from 1.' },
    standsFor: {
      type: 'integer',
      description: 'How many calls it stands for: past 100 cards from memory a second not each has a record.',
    },
  },
} as const

/** A call in the form of `callSchema`. */
export function callJson(record: CallRecord) {
  const { applicationId, at, remoteKeys, remoteKeyCount, tokenIn, milliseconds, headers, ...rest } = record
  const given = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== null))
  return {
    at: formatTrackerDate(at),
    ...(applicationId !== ofNobody && { application: applicationId }),
    ...given,
    ...(remoteKeys.length > 0 && { remoteKeys, remoteKeyCount }),
    milliseconds: Math.round(milliseconds * 100) / 100,
    headers,
    ...(tokenIn.length > 0 && { tokenIn }),
  }
}
