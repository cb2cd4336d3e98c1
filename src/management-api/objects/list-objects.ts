import type { FastifyPluginAsync } from 'fastify'
import { invalidInput } from '../../errors/problem.ts'
import type { Queries } from '../../storage/database/queries.ts'
import {
  countObjects,
  findObjects,
  type ObjectFilter,
  readsObjects,
  searchObjects,
} from '../../storage/objects/search-objects.ts'
import { parseRemoteKey, type RemoteKey } from '../../tracker-contract/remote-key.ts'
import { parseTrackerDate } from '../../tracker-contract/tracker-date.ts'
import { callerOf } from '../authenticate.ts'
import { nextProperty, type PageQuery, pageHeaders, pageParameters, readPage } from '../pages.ts'
import type { ManagementTurns } from '../turns.ts'
import { type ObjectsParams, objectsParams } from './object-address.ts'
import { objectJson, objectSchema } from './object-json.ts'

const filterParameters = {
  keyPrefix: {
    type: 'string',
    minLength: 1,
    maxLength: 510,
    description: 'Only objects whose key begins with this text.',
  },
  summary: {
    type: 'string',
    minLength: 1,
    maxLength: 1_000,
    description: 'Only objects with this text in their summary, in upper or lower case.',
  },
  status: { type: 'string', minLength: 1, maxLength: 255, description: 'Only objects whose status has this name.' },
  updatedSince: {
    type: 'string',
    description:
      'Only objects whose `updated` is this moment or a later one: send it as 2024-05-02T10:11:12.345+0000, + as %2B.',
  },
} as const

const schema = {
  operationId: 'listObjects',
  tags: ['Objects'],
  summary: 'All objects, or those that fit every condition',
  description:
    'In the order of their keys. If the objects of the application are not pushed: those with a last good card. An index finds ' +
    '`keyPrefix` alone. For `summary`, `status` and `updatedSince` objects are read, those with the prefix or all: by number of page ' +
    '50,000 at most, by cursor any number. An answer by cursor comes within a fifth of a second, so it may have fewer objects than ' +
    '`perPage`, or none, and still `next`.',
  params: objectsParams,
  querystring: { type: 'object', additionalProperties: false, properties: { ...filterParameters, ...pageParameters } },
  response: {
    200: {
      type: 'object',
      required: ['objects'],
      additionalProperties: false,
      properties: { objects: { type: 'array', items: objectSchema }, ...nextProperty },
      headers: pageHeaders,
      description: 'The objects of a page.',
    },
  },
} as const

type Query = { keyPrefix?: string; summary?: string; status?: string; updatedSince?: string } & PageQuery

type Options = { database: Queries; turns: ManagementTurns }

/** Lists and searches the objects of an application. */
export const listObjects: FastifyPluginAsync<Options> = async (app, { database, turns }) => {
  app.get<{ Params: ObjectsParams; Querystring: Query }>(
    '/api/applications/:applicationId/objects',
    { schema, config: { errors: ['search-too-wide'] } },
    async (request, reply) => {
      const { applicationId } = request.params
      const filter = readFilter(request.query)
      const inTurn = <T>(work: () => Promise<T>) => turns.query(callerOf(request).apiKeyId, work)
      const { items, next } = await readPage(request, reply, {
        name: 'objects',
        turns,
        isScan: await inTurn(() => readsObjects(database, filter)),
        read: page => searchObjects(database, applicationId, filter, page),
        readOn: async from => {
          const { objects, upTo } = await findObjects(database, applicationId, filter, from)
          return { items: objects, ...(upTo !== undefined && { upTo: [upTo] }) }
        },
        count: most => countObjects(database, applicationId, filter, most),
        keysOf: ({ info }) => [info.key],
        afterOf: keyOf,
      })
      return { objects: items.map(objectJson), ...(next !== undefined && { next }) }
    },
  )
}

const keyOf = ([key = '', ...more]: readonly string[]): RemoteKey | undefined =>
  more.length === 0 ? parseRemoteKey(key) : undefined

/** Throws Problem `parameter-invalid`. */
function readFilter({ keyPrefix, summary, status, updatedSince }: Query): ObjectFilter {
  for (const [field, text] of Object.entries({ keyPrefix, summary, status }))
    if (text !== undefined && (text.includes('\0') || !text.isWellFormed()))
      throw refusal(field, 'must not hold NUL or half of a surrogate pair', 'Correct the text.')
  const since = updatedSince === undefined ? undefined : parseTrackerDate(updatedSince)
  if (updatedSince !== undefined && since === undefined)
    throw refusal(
      'updatedSince',
      'must be a moment with its offset from UTC',
      'Write it such as 2024-05-02T10:11:12.345%2B0000: a + in an address is a space.',
    )
  return { keyPrefix, summary, status, updatedSince: since }
}

const refusal = (field: string, rule: string, hint: string) =>
  invalidInput('parameter-invalid', [{ field, rule, hint }])
