import type { FastifyPluginAsync } from 'fastify'
import type { Application } from '../../config/schema.ts'
import { invalidInput } from '../../errors/problem.ts'
import { isWhole } from '../../linked-objects/check-card.ts'
import { checkPush, pushTable } from '../../linked-objects/pushed/check-push.ts'
import { pushObject } from '../../storage/objects/change-object.ts'
import type { PutObject } from '../../storage/objects/put-objects.ts'
import type { RemoteKey } from '../../tracker-contract/remote-key.ts'
import { cellsOfValue, jsonFields, withFormFaults } from '../../values/json-cells.ts'
import type { OnlyOnce } from '../only-once.ts'
import { readConditions } from './conditions.ts'
import { type ObjectParams, objectParams, readKey, refuseUnlessPushed } from './object-address.ts'
import { etagHeader, objectEtag, objectJson, objectSchema, pushSchema } from './object-json.ts'

const answer = {
  type: 'object',
  required: ['result', 'object'],
  additionalProperties: false,
  headers: etagHeader,
  properties: {
    result: {
      enum: ['accepted', 'unchanged', 'stale'],
      description: 'What the push did; stale: the stored object has a higher sequence, and this push was dropped.',
    },
    object: { ...objectSchema, description: 'The object as it is stored now.' },
  },
} as const

const schema = {
  operationId: 'putObject',
  tags: ['Objects'],
  summary: 'Push an object: store it, or replace the stored one',
  description:
    'Fields that are left out are removed. If-Match: only if the object is in the state that it names; `If-None-Match: *`: only if it is new.',
  params: objectParams,
  body: pushSchema,
  response: {
    200: { ...answer, description: 'The object existed already; `result` says what the push did.' },
    201: { ...answer, description: 'The object is new.' },
  },
} as const

type Options = { onlyOnce: OnlyOnce; applications: ReadonlyMap<string, Application> }

/** Pushes one object. */
export const putObject: FastifyPluginAsync<Options> = async (app, { onlyOnce, applications }) => {
  app.put<{ Params: ObjectParams; Body: unknown }>(
    '/api/applications/:applicationId/objects/:key',
    {
      schema,
      // The schema would name only the first fault.
      attachValidation: true,
      config: {
        scopes: ['objects:write'],
        onlyOnce: true,
        errors: ['key-invalid', 'objects-not-pushed', 'object-changed'],
      },
    },
    (request, reply) =>
      onlyOnce(request, reply, async ({ database }) => {
        const { applicationId } = request.params
        const key = readKey(request.params.key)
        refuseUnlessPushed(applications, applicationId)
        const pushed = readPush(request.body, key)
        const { result, object } = await pushObject(database, applicationId, pushed, readConditions(request.headers))
        return {
          status: result === 'created' ? 201 : 200,
          headers: { etag: objectEtag(object) },
          body: {
            result: result === 'created' || result === 'changed' ? 'accepted' : result,
            object: objectJson(object),
          },
        }
      }),
  )
}

const pushFields = jsonFields({ ...pushTable, needed: ['summary'] })

/** Throws Problem `body-invalid` that names every fault. */
function readPush(body: unknown, key: RemoteKey): PutObject {
  const pushed = withFormFaults(cellsOfValue(pushFields, body), cells => {
    const { key: given = key, ...rest } = cells
    const checked = checkPush({ ...rest, key })
    if (given === null || given === key || (isWhole(given) && given.toString() === key)) return checked
    return { faults: ['faults' in checked ? checked.faults : [], otherKey].flat() }
  })
  if (!('faults' in pushed)) return pushed
  throw invalidInput('body-invalid', pushed.faults)
}

const otherKey = {
  field: 'key',
  rule: 'must be the key in the address',
  hint: 'Leave it out, or rename the object: POST …/objects/KEY/rename.',
}
