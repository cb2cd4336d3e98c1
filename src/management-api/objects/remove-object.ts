import type { FastifyPluginAsync } from 'fastify'
import type { Application } from '../../config/schema.ts'
import { countLinks } from '../../storage/links/list-links.ts'
import { removeObject as removeStoredObject } from '../../storage/objects/change-object.ts'
import { callerOf, hasScope } from '../authenticate.ts'
import type { OnlyOnce } from '../only-once.ts'
import { readConditions } from './conditions.ts'
import { type ObjectParams, objectParams, objectUnknown, readKey, refuseUnlessPushed } from './object-address.ts'

const schema = {
  operationId: 'removeObject',
  tags: ['Objects'],
  summary: 'Remove an object; its links stay',
  description:
    'If-Match: only if the object is in the state that it names. A later push makes the object anew, whatever its sequence.',
  params: objectParams,
  response: {
    204: {
      type: 'null',
      description: 'The object is removed.',
      headers: {
        'X-Links-Kept': {
          type: 'integer',
          description: 'How many links to it stay; only for a key with `links:read`.',
        },
      },
    },
  },
} as const

type Options = { onlyOnce: OnlyOnce; applications: ReadonlyMap<string, Application> }

/** Removes an object. Its links stay: the issues in Tracker still show it. */
export const removeObject: FastifyPluginAsync<Options> = async (app, { onlyOnce, applications }) => {
  app.delete<{ Params: ObjectParams }>(
    '/api/applications/:applicationId/objects/:key',
    {
      schema,
      config: {
        scopes: ['objects:write'],
        onlyOnce: true,
        errors: ['key-invalid', 'object-unknown', 'objects-not-pushed', 'object-changed'],
      },
    },
    (request, reply) =>
      onlyOnce(request, reply, async ({ database }) => {
        const { applicationId } = request.params
        const key = readKey(request.params.key)
        refuseUnlessPushed(applications, applicationId)
        const removed = await removeStoredObject(database, applicationId, key, readConditions(request.headers))
        if (!removed) throw objectUnknown(applicationId, key)
        if (!hasScope(callerOf(request), 'links:read')) return { status: 204 }
        const kept = await countLinks(database, applicationId, { remoteKey: key })
        return { status: 204, headers: { 'x-links-kept': String(kept) } }
      }),
  )
}
