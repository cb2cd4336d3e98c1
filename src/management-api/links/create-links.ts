import type { FastifyPluginAsync } from 'fastify'
import type { XStatic } from 'typebox/schema'
import type { Application } from '../../config/schema.ts'
import { whyNotPushed } from '../../linked-objects/pushed/why-not-pushed.ts'
import { allowLinks } from '../../links/allow-links.ts'
import { createAllowedLinks } from '../../links/create-links.ts'
import type { Links } from '../../links/links.ts'
import { type IssueKey, issueKeyPattern, issueKeyRule, parseIssueKey } from '../../tracker-contract/issue-key.ts'
import { callerOf } from '../authenticate.ts'
import type { OnlyOnce } from '../only-once.ts'
import type { ManagementTurns } from '../turns.ts'
import { remoteKeysSchema, toRemoteKeys } from './link-body.ts'
import { type ApplicationParams, params } from './link-query.ts'

const body = {
  type: 'object',
  description: 'Send an object with `issueKey` and `remoteKeys`.',
  required: ['issueKey', 'remoteKeys'],
  properties: {
    issueKey: { type: 'string', pattern: issueKeyPattern, description: `Send an issue key: ${issueKeyRule}.` },
    remoteKeys: remoteKeysSchema,
  },
} as const

const answer = {
  type: 'object',
  required: ['issueKey', 'links'],
  properties: {
    issueKey: { type: 'string', description: 'Key of the issue, in capitals.' },
    links: {
      type: 'array',
      description: 'The links, each once, in the order of the request.',
      items: {
        type: 'object',
        required: ['remoteKey', 'created'],
        properties: {
          remoteKey: { type: 'string', description: 'Key of the object.' },
          created: { type: 'boolean', description: 'Whether the link is new.' },
        },
      },
    },
  },
} as const

const schema = {
  operationId: 'createLinks',
  tags: ['Links'],
  summary: 'Link an issue to objects',
  description:
    'All or none; harmless when repeated. Only here: Tracker does not learn of it. Where the application has ' +
    '`unknownObjects: reject`, keys of unknown objects are refused as they are in a call of Tracker.',
  params,
  body,
  response: {
    200: { ...answer, description: 'All links were there already.' },
    201: { ...answer, description: 'At least one link is new.' },
  },
} as const

type Options = {
  onlyOnce: OnlyOnce
  turns: ManagementTurns
  applications: ReadonlyMap<string, Application>
  links: Links
}

/** Creates links from the application's side; the history names the API key. */
export const createLinks: FastifyPluginAsync<Options> = async (app, { onlyOnce, turns, applications, links }) => {
  app.post<{ Params: ApplicationParams; Body: XStatic<typeof body> }>(
    '/api/applications/:applicationId/links',
    { schema, config: { scopes: ['links:write'], onlyOnce: true, errors: ['objects-unknown'] } },
    async (request, reply) => {
      const application = applications.get(request.params.applicationId) as Application
      const issueKey = parseIssueKey(request.body.issueKey) as IssueKey
      const remoteKeys = toRemoteKeys(request.body.remoteKeys)
      const actor = { kind: 'application', login: callerOf(request).name } as const
      const wish = { application, issueKey, remoteKeys, actor }
      return onlyOnce(request, reply, {
        prepare: async () => {
          const inTurn = whyNotPushed(application) === undefined ? turns.query : turns.source
          const allowed = await inTurn(callerOf(request).apiKeyId, () => allowLinks(links.unknownKeys, wish))
          return async ({ changeLinks }) => {
            const created = await createAllowedLinks(changeLinks, allowed)
            return { status: created.some(link => link.created) ? 201 : 200, body: { issueKey, links: created } }
          }
        },
      })
    },
  )
}
