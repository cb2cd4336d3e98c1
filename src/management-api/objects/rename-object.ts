import type { FastifyPluginAsync } from 'fastify'
import type { XStatic } from 'typebox/schema'
import type { Application } from '../../config/schema.ts'
import { invalidInput, Problem } from '../../errors/problem.ts'
import { renameObject as renameStoredObject } from '../../storage/objects/rename-object.ts'
import { parseRemoteKey, type RemoteKey, remoteKeyRule } from '../../tracker-contract/remote-key.ts'
import { callerOf } from '../authenticate.ts'
import type { OnlyOnce } from '../only-once.ts'
import { isPushed, type ObjectParams, objectParams, objectUnknown, readKey } from './object-address.ts'

const body = {
  type: 'object',
  description: 'Send an object with `to`, the new key.',
  required: ['to'],
  additionalProperties: false,
  properties: { to: { type: 'string', description: `Send the new key: ${remoteKeyRule}.` } },
} as const

const schema = {
  operationId: 'renameObject',
  tags: ['Objects'],
  summary: 'Give an object another key; its links move with it',
  description:
    'In one transaction. In the feed each link is removed under the old key and created under the new one; a link that the ' +
    'new key had already stays. If the objects of the application are not pushed, only links move. Tracker goes on asking for the old key until its remote link is replaced.',
  params: objectParams,
  body,
  response: {
    200: {
      type: 'object',
      description: 'What was moved.',
      required: ['from', 'to', 'object', 'links', 'merged'],
      additionalProperties: false,
      properties: {
        from: { type: 'string', description: 'The old key.' },
        to: { type: 'string', description: 'The new key.' },
        object: { type: 'boolean', description: 'Whether there was an object; if not, only links were moved.' },
        links: { type: 'integer', description: 'Links that the old key had.' },
        merged: { type: 'integer', description: 'Links that the new key had already, so that they became one.' },
      },
    },
  },
} as const

type Options = { onlyOnce: OnlyOnce; applications: ReadonlyMap<string, Application> }

/** Moves an object and its links to another key; the history names the API key. */
export const renameObject: FastifyPluginAsync<Options> = async (app, { onlyOnce, applications }) => {
  app.post<{ Params: ObjectParams; Body: XStatic<typeof body> }>(
    '/api/applications/:applicationId/objects/:key/rename',
    {
      schema,
      config: {
        // Links that vanish here and appear there are links that were removed and created.
        scopes: ['objects:write', 'links:write'],
        onlyOnce: true,
        errors: ['key-invalid', 'object-unknown', 'object-exists'],
      },
    },
    (request, reply) =>
      onlyOnce(request, reply, async ({ database }) => {
        const { applicationId } = request.params
        const from = readKey(request.params.key)
        const to = parseRemoteKey(request.body.to)
        if (to === undefined) throw refusal(`must be ${remoteKeyRule}`)
        if (to === from) throw refusal('must differ from the key in the address')
        const actor = { kind: 'application', login: callerOf(request).name } as const
        // Under the new key, the last good card of a source would be a card that the source never gave.
        const linksOnly = !isPushed(applications, applicationId)
        const renaming = { from, to, actor, linksOnly }
        const { object, links, merged } = await renameStoredObject(database, applicationId, renaming)
        if (!object && links === 0)
          throw linksOnly ? nothingLinked(applicationId, from) : objectUnknown(applicationId, from)
        return { status: 200, body: { from, to, object, links, merged } }
      }),
  )
}

const nothingLinked = (id: string, key: RemoteKey) =>
  new Problem('object-unknown', `No issue is linked to ${key} of ${id}; its objects come from its source.`)

const refusal = (rule: string) =>
  invalidInput('body-invalid', [{ field: 'to', rule, hint: 'Send the new key, as the application writes it.' }])
