import type { FastifyPluginAsync } from 'fastify'
import { removeLink as removeStoredLink } from '../../links/remove-link.ts'
import { issueKeyRule } from '../../tracker-contract/issue-key.ts'
import { remoteKeyRule } from '../../tracker-contract/remote-key.ts'
import { callerOf } from '../authenticate.ts'
import type { OnlyOnce } from '../only-once.ts'
import { type ApplicationParams, params, readIssueKey, readRemoteKey } from './link-query.ts'

const schema = {
  operationId: 'removeLink',
  tags: ['Links'],
  summary: 'Remove the link of an issue and an object',
  description: 'Harmless when repeated; its history stays. Only here: Tracker does not learn of it.',
  params,
  querystring: {
    type: 'object',
    additionalProperties: false,
    required: ['issueKey', 'remoteKey'],
    properties: {
      issueKey: { type: 'string', description: `Any key that the issue has or had: ${issueKeyRule}.` },
      remoteKey: { type: 'string', description: `Key of the object: ${remoteKeyRule}, percent-encoded.` },
    },
  },
  response: {
    204: {
      type: 'null',
      description: 'The link does not exist (any more).',
      headers: { 'X-Removed': { enum: ['true', 'false'], description: 'Whether it existed until now.' } },
    },
  },
} as const

/** Removes a link from the application's side; the history names the API key. */
export const removeLink: FastifyPluginAsync<{ onlyOnce: OnlyOnce }> = async (app, { onlyOnce }) => {
  app.delete<{ Params: ApplicationParams; Querystring: { issueKey: string; remoteKey: string } }>(
    '/api/applications/:applicationId/links',
    { schema, config: { scopes: ['links:write'], onlyOnce: true, errors: ['key-invalid'] } },
    (request, reply) =>
      onlyOnce(request, reply, async ({ changeLinks }) => {
        const { applicationId } = request.params
        const link = {
          issueKey: readIssueKey(request.query.issueKey),
          remoteKey: readRemoteKey(request.query.remoteKey),
        }
        const actor = { kind: 'application', login: callerOf(request).name } as const
        const { outcome } = await removeStoredLink(changeLinks, { applicationId, readings: [link], actor })
        return { status: 204, headers: { 'x-removed': String(outcome === 'removed') } }
      }),
  )
}
