import type { FastifyPluginAsync } from 'fastify'
import type { Application } from '../../config/schema.ts'
import { mirrorStateOf } from '../../reconciliation/mirror/mirror-state.ts'
import type { Queries } from '../../storage/database/queries.ts'
import type { LinkKeys } from '../../storage/links/link-keys.ts'
import { countLinks, listLinks as listStoredLinks } from '../../storage/links/list-links.ts'
import { findMirrored } from '../../storage/mirror/mirror-views.ts'
import { parseIssueKey } from '../../tracker-contract/issue-key.ts'
import { parseRemoteKey } from '../../tracker-contract/remote-key.ts'
import { callerOf } from '../authenticate.ts'
import { nextProperty, type PageQuery, pageHeaders, pageParameters, readPage } from '../pages.ts'
import type { ManagementTurns } from '../turns.ts'
import { linkJson, linkSchema } from './link-json.ts'
import { type ApplicationParams, type LinkQuery, linkParameters, params, readLinkFilter } from './link-query.ts'

const schema = {
  operationId: 'listLinks',
  tags: ['Links'],
  summary: 'Links: of an object, of an issue, or all',
  description: 'In the order of issue and object. With `remoteKey`: all issues of this object.',
  params,
  querystring: { type: 'object', additionalProperties: false, properties: { ...linkParameters, ...pageParameters } },
  response: {
    200: {
      type: 'object',
      required: ['links'],
      properties: { links: { type: 'array', items: linkSchema }, ...nextProperty },
      headers: pageHeaders,
      description: 'The links of a page.',
    },
  },
} as const

type Options = { applications: ReadonlyMap<string, Application>; database: Queries; turns: ManagementTurns }

/** The links of an application. */
export const listLinks: FastifyPluginAsync<Options> = async (app, { applications, database, turns }) => {
  app.get<{ Params: ApplicationParams; Querystring: LinkQuery & PageQuery }>(
    '/api/applications/:applicationId/links',
    { schema, config: { scopes: ['links:read'], errors: ['key-invalid'] } },
    async (request, reply) => {
      const { applicationId } = request.params
      const filter = readLinkFilter(request.query)
      const { items, next } = await readPage(request, reply, {
        name: 'links',
        turns,
        read: stretch => listStoredLinks(database, applicationId, filter, stretch),
        count: most => countLinks(database, applicationId, filter, most),
        keysOf: ({ issueKey, remoteKey }) => [issueKey, remoteKey],
        afterOf: linkOf,
      })
      if (applications.get(applicationId)?.organization === undefined)
        return { links: items.map(link => linkJson(link)), ...(next !== undefined && { next }) }
      const mirrorOf = await turns.query(callerOf(request).apiKeyId, () => findMirrored(database, applicationId, items))
      const links = items.map(link => linkJson(link, mirrorStateOf(mirrorOf(link))))
      return { links, ...(next !== undefined && { next }) }
    },
  )
}

function linkOf([issue = '', object = '', ...more]: readonly string[]): LinkKeys | undefined {
  const issueKey = parseIssueKey(issue)
  const remoteKey = parseRemoteKey(object)
  return issueKey === undefined || remoteKey === undefined || more.length > 0 ? undefined : { issueKey, remoteKey }
}
