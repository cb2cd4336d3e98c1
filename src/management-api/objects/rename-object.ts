import type { FastifyPluginAsync } from 'fastify'
import type { XStatic } from 'typebox/schema'
import type { Application } from '../../config/schema.ts'
import { invalidInput, Problem } from '../../errors/problem.ts'
import type { Queries } from '../../storage/database/queries.ts'
import {
  moveLateLinks,
  moveMostLinks,
  type Renaming,
  renameObject as renameStoredObject,
} from '../../storage/objects/rename-object.ts'
import { parseRemoteKey, type RemoteKey, remoteKeyRule } from '../../tracker-contract/remote-key.ts'
import { callerOf } from '../authenticate.ts'
import type { OnlyOnce } from '../only-once.ts'
import type { ManagementTurns } from '../turns.ts'
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
    'In one transaction; if there are more than 2,000 links, they move in steps before it, and a call that ends early is ' +
    'repeated to go on. In the feed each link is removed under the old key and created under the new one; a link that the new ' +
    'key had already stays. If the objects of the application are not pushed, only links move. Calls of Tracker with the ' +
    'old key are answered for the object until its remote links are replaced.',
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
        links: { type: 'integer', description: 'Links that moved in this call.' },
        merged: { type: 'integer', description: 'Links that the new key had already, so that they became one.' },
      },
    },
  },
} as const

type Options = {
  onlyOnce: OnlyOnce
  database: Queries
  turns: ManagementTurns
  applications: ReadonlyMap<string, Application>
}

/** Moves an object and its links to another key; the history names the API key. */
export const renameObject: FastifyPluginAsync<Options> = async (app, options) => {
  const { onlyOnce, database, turns, applications } = options
  app.post<{ Params: ObjectParams; Body: XStatic<typeof body> }>(
    '/api/applications/:applicationId/objects/:key/rename',
    {
      schema,
      config: {
        // Links that vanish here and appear there are links that were removed and created.
        scopes: ['objects:write', 'links:write'],
        onlyOnce: true,
        errors: ['key-invalid', 'object-unknown', 'object-exists', 'rename-unfinished'],
      },
    },
    (request, reply) => {
      const { applicationId } = request.params
      const { apiKeyId, name } = callerOf(request)
      const inTurn = <T>(step: () => Promise<T>) => turns.query(apiKeyId, step)
      // What its steps have moved stays moved, whatever the whole is answered.
      const stepInTurn = async <T>(step: () => Promise<T>) => {
        const done = await inTurn(step)
        if (done !== undefined) request.audit = { hasChanged: true }
        return done
      }
      const readRenaming = (): Renaming => ({
        ...readKeys(request),
        // Under the new key, the last good card of a source would be a card that the source never gave.
        linksOnly: !isPushed(applications, applicationId),
        actor: { kind: 'application', login: name },
      })
      return onlyOnce(request, reply, {
        prepare: async () => {
          const renaming = readRenaming()
          const moved = await moveMostLinks(database, applicationId, renaming, { inTurn: stepInTurn })
          return async access => {
            const renamed = await renameStoredObject(access.database, applicationId, renaming, moved)
            const { from, to, linksOnly = false } = renaming
            if (!renamed.object && renamed.links === 0)
              throw linksOnly ? nothingLinked(applicationId, from) : objectUnknown(applicationId, from)
            return { status: 200, body: { from, to, ...renamed } }
          }
        },
        finish: () => moveLateLinks(database, applicationId, readRenaming(), { inTurn }),
      })
    },
  )
}

/** The old key and the new one. Throws Problem `key-invalid`, `body-invalid`. */
function readKeys({ params, body: { to: text } }: { params: ObjectParams; body: { to: string } }) {
  const from = readKey(params.key)
  const to = parseRemoteKey(text)
  if (to === undefined) throw refusal(`must be ${remoteKeyRule}`)
  if (to === from) throw refusal('must differ from the key in the address')
  return { from, to }
}

const nothingLinked = (id: string, key: RemoteKey) =>
  new Problem('object-unknown', `No issue is linked to ${key} of ${id}; its objects come from its source.`)

const refusal = (rule: string) =>
  invalidInput('body-invalid', [{ field: 'to', rule, hint: 'Send the new key, as the application writes it.' }])
